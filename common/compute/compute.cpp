#include "common/compute/compute.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "common/config/make_option.h"
#include "common/log/log.h"

namespace slicecast::compute {
namespace {

constexpr metrics::MetricInfo kFallbacks{
    "slicecast_backend_fallbacks_total", metrics::Kind::counter,
    "Times that the card asked for could not be used (any more) and the processor took over"};

// An index or a UUID, or how one begins.
bool is_one_device(std::string_view text) {
  if (text.starts_with("GPU-") || text.starts_with("MIG-")) text.remove_prefix(4);
  return !text.empty() &&
         text.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
}

bool is_device(std::string_view text) {
  if (text.empty() || text == "all") return true;
  for (std::size_t comma = 0; comma != std::string_view::npos; text.remove_prefix(comma + 1)) {
    comma = text.find(',');
    if (!is_one_device(text.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
  }
  return true;
}

}  // namespace

std::vector<config::Option> options() {
  return {
      config::choice("backend", "auto", recon::backend_names(),
                     "What computes; auto: a CUDA card if one can be used, else the processor"),
      config::text("device", "",
                   "CUDA card: its index, or its UUID or how that begins; several separated by "
                   "commas, or all; empty: the first"),
      config::text("kernel_config", "",
                   "File of tuned kernel parameters; empty: those that are built in"),
  };
}

Result<recon::BackendRequest> request_of(const config::Settings& settings) {
  recon::BackendRequest request;
  request.name = settings.text("backend");
  request.device = settings.text("device");
  if (!is_device(request.device))
    return Error{Errc::invalid_argument,
                 "device '" + request.device +
                     "' is neither an index nor a UUID, nor a list of them; write e.g. 0, 0,1, all "
                     "or GPU-1b2c, as nvidia-smi -L lists them"};
  if (const std::string& file = settings.text("kernel_config"); !file.empty()) {
    auto kernels = recon::read_kernel_config(file);
    if (!kernels) return kernels.error();
    request.kernels = *kernels;
  }
  return request;
}

Result<Computing> choose(const config::Settings& settings, metrics::Registry& registry) {
  const auto request = request_of(settings);
  if (!request) return request.error();
  auto& fallbacks = registry.counter(kFallbacks);
  // Who leaves the choice open is informed of it; what is lost later, or was asked for, is a
  // warning.
  const auto level = std::make_shared<std::atomic<spdlog::level::level_enum>>(
      request->name == "auto" ? spdlog::level::info : spdlog::level::warn);
  auto backend = recon::FallbackBackend::create(
      *request, [&fallbacks, level](const recon::FallbackBackend::Notice& notice) {
        if (notice.fallback) ++fallbacks;
        spdlog::log(*level, "{}", notice.line);
      });
  if (!backend) return backend.error();
  *level = spdlog::level::warn;
  Computing computing;
  computing.backend = *std::move(backend);
  const recon::CpuKernels& cpu = request->kernels.cpu;
  const bool tuned = settings.is_default("store") && computing.backend->name() == "cpu";
  const bool single = tuned && cpu.store != recon::TunedStore::automatic
                          ? cpu.store == recon::TunedStore::single_precision
                          : settings.text("store") == to_string(recon::StoreType::single_precision);
  if (single) computing.store = recon::StoreType::single_precision;
  auto threads = settings.integer("threads");
  if (threads <= 0) threads = cpu.threads;
  if (threads <= 0) threads = std::max(1u, std::thread::hardware_concurrency());
  computing.threads = static_cast<int>(threads);
  return computing;
}

const char* to_string(recon::StoreType type) {
  return type == recon::StoreType::half_precision ? "half" : "float";
}

}  // namespace slicecast::compute
