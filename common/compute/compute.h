// The options of every program that computes, defined once, and the backend that they choose.
#pragma once

#include <memory>
#include <vector>

#include "common/config/option.h"
#include "common/metrics/metrics.h"
#include "common/recon/fallback_backend.h"

namespace slicecast::compute {

// backend, device, kernel_config.
std::vector<config::Option> options();

// What the settings ask for. Refuses a device that is neither index nor UUID, and a kernel
// configuration that is not there or not valid.
Result<recon::BackendRequest> request_of(const config::Settings& settings);

// What a server computes with.
struct Computing {
  std::unique_ptr<recon::FallbackBackend> backend;
  recon::StoreType store = recon::StoreType::half_precision;
  int threads = 1;
};

// The backend asked for, else cpu: each such change is a line in the log and one more of
// slicecast_backend_fallbacks_total. Precision and threads by the options `store` and `threads`, or
// where they are left alone by the kernel configuration. `registry` must outlive the backend.
Result<Computing> choose(const config::Settings& settings, metrics::Registry& registry);
const char* to_string(recon::StoreType type);  // as the option `store`

}  // namespace slicecast::compute
