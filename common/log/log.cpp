#include "common/log/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>

namespace slicecast::log {
namespace {

constexpr std::size_t kFileBytes = std::size_t{10} << 20;
constexpr std::size_t kFiles = 3;
constexpr std::size_t kCallSites = 1024;

}  // namespace

Result<void> start(const std::string& service, const std::string& level,
                   const std::filesystem::path& file) {
  const auto severity = spdlog::level::from_str(level == "warning" ? "warn" : level);
  if (severity == spdlog::level::off)  // what from_str() says about a word it does not know
    return Error{Errc::invalid_argument,
                 "log_level must be one of trace, debug, info, warning, "
                 "error, critical, not '" +
                     level + "'"};
  std::vector<spdlog::sink_ptr> sinks = {std::make_shared<spdlog::sinks::stderr_color_sink_mt>()};
  if (!file.empty()) {
    // A pipe would be waited for, and a device renamed when the file is rotated.
    std::error_code failed;
    if (const auto there = std::filesystem::status(file, failed);
        std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
      return Error{
          Errc::invalid_argument,
          "log_file " + file.string() +
              " is no file that can be written; give a file in a directory that is writable"};
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.string(),
                                                                             kFileBytes, kFiles));
    } catch (const spdlog::spdlog_ex&) {
      return Error{Errc::io, "log_file " + file.string() +
                                 " cannot be written; give a file in a directory that is writable"};
    }
  }
  auto logger = std::make_shared<spdlog::logger>(service, sinks.begin(), sinks.end());
  logger->set_level(severity);
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-8l%$ %n: %v");
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

bool every(const char* key, double seconds) {
  using Clock = std::chrono::steady_clock;
  static std::mutex mutex;
  static std::map<std::string, Clock::time_point, std::less<>> next;
  const auto now = Clock::now();
  std::lock_guard lock(mutex);
  const auto pause =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  if (const auto found = next.find(key); found != next.end()) {
    if (now < found->second) return false;
    found->second = now + pause;
    return true;
  }
  // Keys are call sites; should one ever be made from what a peer sent, silence beats growth.
  if (next.size() >= kCallSites) return false;
  next.emplace(key, now + pause);
  return true;
}

}  // namespace slicecast::log
