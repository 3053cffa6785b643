// The source process: content, sender and streamer made from settings, with control link, live
// parameters and metrics around them.
#pragma once

#include <memory>

#include "common/config/option.h"
#include "common/service/service.h"
#include "services/source/streamer.h"

namespace slicecast::source {

// File or simulation, cached on request. Checks all options against each other.
Result<std::unique_ptr<ScanContent>> make_content(const config::Settings& settings);
// How a streamer of this process sends it.
Result<StreamerOptions> streamer_options(const config::Settings& settings,
                                         const ScanContent& content, std::uint64_t instance);

// Announces itself as `source` with a link `raw` (or `raw_recastx`). Answers StartSource and
// StopSource; `rate`, `loss` and `duplicates` are live.
class SourceService {
 public:
  static Result<std::unique_ptr<SourceService>> create(wire::Context& context,
                                                       const config::Settings& settings);
  virtual ~SourceService() = default;
  virtual Streamer& streamer() = 0;
  virtual const service::ServiceFrame& frame() const = 0;
};

}  // namespace slicecast::source
