// libqpdf's C interface: language, alternative texts and attachments, which Cairo cannot write.
#pragma once
#include <qpdf/qpdf-c.h>
