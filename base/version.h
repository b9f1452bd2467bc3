#pragma once

#define TRACEPAIR_VERSION "0.1.0"
