// A recorded scan, with options that correct or complete what the file says.
#pragma once

#include "common/config/option.h"
#include "services/source/content.h"

namespace slicecast::source {

Result<std::unique_ptr<ScanContent>> make_file_content(const config::Settings& settings);

// What the angles of one pass cover, the step after the last one included; n angles, any order.
// Within 0.6 steps of whole turns it is those turns exactly. Negative when they fall.
double covered_arc(const std::vector<double>& angles_rad);
bool is_whole_turns(double arc_rad);

}  // namespace slicecast::source
