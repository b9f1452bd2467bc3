/* The version shown by --version, in reports and in cases. */
#pragma once

#define TRACEPAIR_VERSION "0.1.0"
