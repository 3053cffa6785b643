// "<name>-<random>": tells apart consumers and clients that were given the same name.
#pragma once

#include <string>

namespace slicecast::wire {

std::string consumer_name(const std::string& name);

}  // namespace slicecast::wire
