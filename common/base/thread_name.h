// Names the calling thread as debuggers and `top -H` show it. Linux keeps 15 characters.
#pragma once

#include <pthread.h>

#include <string>

namespace slicecast {

inline void name_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

}  // namespace slicecast
