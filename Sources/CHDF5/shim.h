// libhdf5 for Swift. The predefined types and property-list classes are macros over globals that
// need H5open() first, which Swift cannot import: each becomes a one-line function.
#pragma once
#include <hdf5.h>

static inline hid_t assay_h5t_ieee_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t assay_h5t_ieee_f64le(void) { return H5T_IEEE_F64LE; }
static inline hid_t assay_h5t_std_u8le(void) { return H5T_STD_U8LE; }
static inline hid_t assay_h5t_std_u16le(void) { return H5T_STD_U16LE; }
static inline hid_t assay_h5t_std_i32le(void) { return H5T_STD_I32LE; }
static inline hid_t assay_h5t_std_i64le(void) { return H5T_STD_I64LE; }
static inline hid_t assay_h5t_std_i8le(void) { return H5T_STD_I8LE; }
static inline hid_t assay_h5t_std_i16le(void) { return H5T_STD_I16LE; }
static inline hid_t assay_h5t_std_u32le(void) { return H5T_STD_U32LE; }
static inline hid_t assay_h5t_std_u64le(void) { return H5T_STD_U64LE; }
static inline hid_t assay_h5t_c_s1(void) { return H5T_C_S1; }
static inline hid_t assay_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t assay_h5p_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t assay_h5p_dataset_xfer(void) { return H5P_DATASET_XFER; }
static inline hid_t assay_h5p_link_create(void) { return H5P_LINK_CREATE; }
static inline unsigned assay_h5f_acc_rdonly(void) { return H5F_ACC_RDONLY; }
static inline unsigned assay_h5f_acc_trunc(void) { return H5F_ACC_TRUNC; }
static inline size_t assay_h5t_variable(void) { return H5T_VARIABLE; }
