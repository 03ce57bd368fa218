// OpenSSL's libcrypto: SHA-256, and its version.
#pragma once
#include <openssl/crypto.h>
#include <openssl/evp.h>
