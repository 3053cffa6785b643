// A recorded scan, with options that correct or complete what the file says.
#pragma once

#include "common/config/option.h"
#include "services/source/content.h"

namespace slicecast::source {

Result<std::unique_ptr<ScanContent>> make_file_content(const config::Settings& settings);

}  // namespace slicecast::source
