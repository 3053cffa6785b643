// One figure of `slicecast bench`: what was promised, what was measured, beside which limit.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace slicecast::cli {

// How a promise bounds its figure; a ratio is measured over limit.
enum class Bound { none, at_most, at_least, ratio_at_most };

// What is promised of one figure. A row that a group does not deliver is missing.
struct BenchPromise {
  const char* name = "";  // "speed.cone_axial_512"; the part before the dot is its section
  Bound bound = Bound::none;
  double value = 0;
  const char* unit = "";
  const char* what = "";  // the quantity, in words
  bool open = false;      // known not to be met: shown as such, but no fault
};

// What another library takes for the same on the same input.
struct PeerFigure {
  std::string name;                                         // "OpenCV 4.6.0"
  double value = std::numeric_limits<double>::quiet_NaN();  // in the unit of the row; NaN: none
  std::string remark = {};                                  // why there is none, or how it differs
};

struct Measurement {
  std::string name;  // of its promise
  double value = std::numeric_limits<double>::quiet_NaN();
  double limit = std::numeric_limits<double>::quiet_NaN();  // in the unit of `value`; NaN: none
  std::string limit_name = {};
  std::string work = {};  // projections, rows, columns, voxels
  std::string detail = {};
  int threads = 1;
  bool correct = true;  // the value computed on the way agrees with the reference
  std::vector<PeerFigure> peers = {};
};

struct BenchRow {
  BenchPromise promise;
  Measurement measured;
  std::string missing;  // why there is no figure; empty: there is one
  std::string not_run;  // the same where this machine lacks what the figure is about: no fault
  std::string processor, command;
  bool promised_size = true;  // figures of smaller runs are not what the promise is about

  std::string section() const;
  std::string promise_text() const;  // ">= 2.5 GUPS"; empty: none
  double ratio() const;              // of measured over limit, NaN: no limit
  bool complete() const;             // there, finite and, where compared, of the right value
  std::optional<bool> met() const;   // empty: nothing was promised, or not of this size
};

struct BenchContext {
  double scale = 1;  // 1: the promised sizes and durations
  int threads = 2;
  double load_before = 0;  // load average before the run: what else the machine did
  std::string peers = {};  // Python interpreter that may have peers; empty: none are asked for
  std::string command(const std::string& name) const;
};

// Rows that are measured together.
struct BenchGroup {
  const char* name;
  std::span<const BenchPromise> promises;
  std::function<Result<std::vector<Measurement>>(const BenchContext&)> run;
  // Why this machine cannot run them, empty: it can. None: every machine can.
  std::function<std::string()> absent = {};
};

std::span<const BenchGroup> bench_groups();

// Rows of the groups, in their order; a group none of whose names starts with one of `prefixes`
// is not run (no prefixes: all). `progress` hears the name of each group before it runs.
std::vector<BenchRow> run_benches(std::span<const BenchGroup> groups, const BenchContext& context,
                                  std::span<const std::string> prefixes,
                                  const std::function<void(const std::string&)>& progress);

// Accuracy rows must be there and keep their promise; all others must be there. One line each of
// what does not.
std::vector<std::string> bench_faults(std::span<const BenchRow> rows);

std::string bench_table(std::span<const BenchRow> rows);
std::string bench_json(std::span<const BenchRow> rows);
std::string bench_markdown(std::span<const BenchRow> rows, const BenchContext& context);

// "Model name", never a host name.
std::string processor_name();

}  // namespace slicecast::cli
