#include "common/base/card_identity.h"

#include <fstream>

namespace slicecast {

std::string host_identity() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string identity;
  std::getline(file, identity);
  return identity;
}

}  // namespace slicecast
