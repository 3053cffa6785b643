#include "common/wire/consumer_name.h"

#include <cstdio>

#include "common/wire/context.h"

namespace slicecast::wire {

std::string consumer_name(const std::string& name) {
  char suffix[16];
  std::snprintf(suffix, sizeof suffix, "-%08x", static_cast<unsigned>(new_instance()));
  return (name.empty() ? "client" : name) + suffix;
}

}  // namespace slicecast::wire
