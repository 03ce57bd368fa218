// Cairo's PDF surface with Pango for text. Variadic functions of GLib are not needed.
#pragma once
#include <cairo-pdf.h>
#include <cairo.h>
#include <pango/pangocairo.h>
