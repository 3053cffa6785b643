// What a report says for files: parameters, facts and the geometry of the scan. Any thread.
#pragma once

#include <string>

#include "viewer/link/report.h"
#include "viewer/model/facts_book.h"

namespace slicecast::viewer {

// Of parameters name, value and unit alone; of several projection servers the first one's geometry.
SessionFactsPtr session_facts(const Report& report, const std::string& viewer);

}  // namespace slicecast::viewer
