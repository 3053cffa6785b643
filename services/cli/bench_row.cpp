#include "services/cli/bench_row.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace slicecast::cli {
namespace {

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

bool chosen(const char* name, std::span<const std::string> prefixes) {
  return prefixes.empty() || std::ranges::any_of(prefixes, [&](const std::string& prefix) {
           return std::string_view(name).starts_with(prefix);
         });
}

}  // namespace

std::string BenchRow::section() const {
  const std::string name = promise.name;
  return name.substr(0, name.find('.'));
}

std::string BenchRow::promise_text() const {
  const std::string value = number(promise.value);
  const std::string unit = *promise.unit == '\0' ? "" : std::string(" ") + promise.unit;
  switch (promise.bound) {
    case Bound::none: return "";
    case Bound::at_most: return "<= " + value + unit;
    case Bound::at_least: return ">= " + value + unit;
    case Bound::ratio_at_most: return "<= " + value + " of the limit";
  }
  return "";
}

double BenchRow::ratio() const {
  return measured.value / measured.limit;
}

bool BenchRow::complete() const {
  if (!missing.empty() || !not_run.empty() || !std::isfinite(measured.value) || !measured.correct)
    return false;
  return promise.bound != Bound::ratio_at_most || std::isfinite(ratio());
}

std::optional<bool> BenchRow::met() const {
  if (promise.bound == Bound::none || !promised_size || !not_run.empty()) return {};
  if (!complete()) return false;
  if (promise.bound == Bound::at_least) return measured.value >= promise.value;
  return (promise.bound == Bound::at_most ? measured.value : ratio()) <= promise.value;
}

std::string BenchContext::command(const std::string& name) const {
  return "slicecast bench --only " + name + " --threads " + std::to_string(threads) + " --scale " +
         number(scale);
}

std::vector<BenchRow> run_benches(std::span<const BenchGroup> groups, const BenchContext& context,
                                  std::span<const std::string> prefixes,
                                  const std::function<void(const std::string&)>& progress) {
  const std::string processor = processor_name();
  std::vector<BenchRow> rows;
  for (const BenchGroup& group : groups) {
    const auto wanted = [&](const BenchPromise& it) { return chosen(it.name, prefixes); };
    if (std::ranges::none_of(group.promises, wanted)) continue;
    const std::string absent = group.absent ? group.absent() : "";
    Result<std::vector<Measurement>> measured = std::vector<Measurement>();
    if (absent.empty()) {
      progress(group.name);
      measured = group.run(context);
    }
    for (const BenchPromise& promise : group.promises) {
      if (!wanted(promise)) continue;
      BenchRow row;
      row.promise = promise;
      row.measured.name = promise.name;
      row.processor = processor;
      row.promised_size = context.scale >= 1 || row.section() == "accuracy";
      row.command = context.command(promise.name);
      if (!absent.empty()) {
        row.not_run = absent;
      } else if (!measured) {
        row.missing = measured.error().message;
      } else {
        const auto found = std::ranges::find(*measured, promise.name, &Measurement::name);
        if (found == measured->end())
          row.missing = "nothing was measured";
        else
          row.measured = *found;
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::vector<std::string> bench_faults(std::span<const BenchRow> rows) {
  std::vector<std::string> faults;
  for (const BenchRow& row : rows) {
    const std::string name = row.promise.name;
    if (!row.not_run.empty()) continue;
    if (!row.missing.empty())
      faults.push_back(name + " is missing: " + row.missing);
    else if (!row.measured.correct)
      faults.push_back(name + " computed a wrong value");
    else if (!row.complete())
      faults.push_back(name + " is not a number");
    else if (row.section() == "accuracy" && !row.promise.open && !row.met().value_or(true))
      faults.push_back(name + " is " + number(row.measured.value) + ", promised " +
                       row.promise_text());
  }
  return faults;
}

std::string processor_name() {
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown processor";
}

}  // namespace slicecast::cli
