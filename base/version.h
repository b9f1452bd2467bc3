/* The version that --version, reports and cases name. */
#pragma once

#define TRACEPAIR_VERSION "0.1.0"
