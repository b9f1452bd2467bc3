/* Where in a Check Point firewall a frame of `fw monitor` was seen.
 *
 * reads:  struct frame     writes: a name for a point
 */
#pragma once

#include <stdbool.h>

#include "capture/reader.h"

#define FW_MONITOR_NAME 16

/* Return: whether @f has fw monitor's header in place of an Ethernet one; then
 * @name is the place: "eth0:iO" before and behind all that the firewall does on
 * that interface, "eth0:Io" between that and the host's routing, "eth0:e" and
 * "eth0:E" before and behind encryption. */
bool fw_monitor_place(const struct frame *f, char name[static FW_MONITOR_NAME]);
