/* The subcommands: one file each, listed in main.c's table.  argv[0] is the
 * subcommand's name.  Return: the exit code; main prints an error left in @err
 * (the code is then err->code).
 */
#pragma once

#include "base/err.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAIL_ON = 1 };

int command_job(int argc, char **argv, struct err *err);
int command_index(int argc, char **argv, struct err *err);
int command_pair(int argc, char **argv, struct err *err);
int command_report(int argc, char **argv, struct err *err);
int command_sessions(int argc, char **argv, struct err *err);
int command_packets(int argc, char **argv, struct err *err);
int command_around(int argc, char **argv, struct err *err);
int command_exchanges(int argc, char **argv, struct err *err);
int command_show(int argc, char **argv, struct err *err);
int command_export(int argc, char **argv, struct err *err);
int command_merge(int argc, char **argv, struct err *err);
int command_sql(int argc, char **argv, struct err *err);
