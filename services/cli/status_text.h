// What `slicecast status` prints.
#pragma once

#include <string>
#include <vector>

#include "services/cli/client.h"

namespace slicecast::cli {

// An axis that is better by less is not offered: the text would say 0.0 %.
inline constexpr double kLeastAxisGain = 1e-3;

std::string status_table(const std::string& hub, const std::vector<ServiceState>& states);
std::string status_json(const std::string& hub, const std::vector<ServiceState>& states);

// "late 2, duplicate 1, missing 3"; "none". Without what newer versions superseded, which nobody
// lost.
std::string losses_text(const v1::Ledger& ledger);

// Rows of cells as lines, columns padded to their widest cell.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

}  // namespace slicecast::cli
