// How rows are shown: a table for people, JSON for programs, markdown for the documentation.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "services/cli/bench_row.h"

namespace slicecast::cli {
namespace {

using Json = nlohmann::ordered_json;

struct BenchSection {
  const char* name;
  const char* title;
  const char* intro;
};
constexpr BenchSection kSections[] = {
    {"accuracy", "Accuracy",
     "Errors are relative: root mean square error over the root mean square of the reference, or "
     "the error inside a body over its attenuation. These rows fail CI when they miss."},
    {"speed", "Speed",
     "Each figure stands beside its limit, measured in the same run. GUPS: 1e9 point updates "
     "(one projection added to one pixel) per second."},
    {"cuda", "CUDA",
     "The CUDA backend as callers see it: from host memory to host memory, waiting included. "
     "Errors are root mean square, relative to the reference."},
    {"nn", "Networks",
     "One image through a network in this process, last layer included. The limit is what its "
     "multiply-adds alone would take at the rate that the processor reaches on the first cache, "
     "measured in the same run. Beside: what other libraries take for the same network on the same "
     "image, where this machine has them."},
    {"segment", "Segmentation",
     "Classical methods on one image in this process, markers and gradients included; the "
     "reference image of scikit-image's results where SLICECAST_TEST_DATA has it. Beside: what "
     "other libraries take on the same image, where this machine has them; seeds are given to "
     "them, and so are labels to count in."},
    {"latency", "Latency",
     "From the request that moves a slice leaving the client to that slice, at that pose, arriving "
     "at the client, while a scan streams through real processes. The limit is the median of the "
     "same moves with the stream stopped."},
    {"throughput", "Throughput",
     "Real processes; CPU seconds are user and system time of slicecast-projection alone."},
    {"segment_live", "Live segmentation",
     "The shipped network on a moving slice of a streaming scan, on the cores of the servers; raw "
     "slices against the same moves without the plugin, in turns."},
    {"plugin", "Plugins",
     "What the SDK costs, beside the node's own time, and raw slices with it."},
    {"viewer", "Viewer",
     "The real window under Xvfb, drawn by Mesa's software renderer, driven by a script; servers "
     "on the same cores."},
    {"memory", "Memory",
     "Largest resident size over the configured budget while a stage gets far more than it can "
     "do."},
};

std::string figure(double value) {
  if (!std::isfinite(value)) return "-";
  char text[40];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string with_unit(double value, const BenchRow& row) {
  const std::string unit = row.promise.unit;
  return figure(value) + (unit.empty() || !std::isfinite(value) ? "" : " " + unit);
}

std::string met_text(const BenchRow& row) {
  if (!row.missing.empty()) return "missing";
  if (!row.not_run.empty()) return "not run";
  if (!row.measured.correct) return "WRONG";
  const auto met = row.met();
  return !met ? "-" : *met ? "yes" : "NO";
}

std::string remark(const BenchRow& row) {
  if (!row.missing.empty()) return row.missing;
  if (!row.not_run.empty()) return row.not_run;
  std::string text = row.measured.work;
  if (!row.measured.detail.empty()) text += (text.empty() ? "" : "; ") + row.measured.detail;
  return text;
}

// "OpenCV 4.6.0 1.2 ms (8 bits); scikit-image: not present"; empty: nobody was asked.
std::string beside_text(const BenchRow& row) {
  std::string text;
  for (const PeerFigure& peer : row.measured.peers) {
    text += (text.empty() ? "" : "; ") + peer.name;
    if (std::isfinite(peer.value)) text += " " + with_unit(peer.value, row);
    if (peer.remark.empty()) continue;
    text += std::isfinite(peer.value) ? " (" + peer.remark + ")" : ": " + peer.remark;
  }
  return text;
}

Json json_number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string markdown_section(const BenchSection& section, std::span<const BenchRow> rows) {
  std::string text;
  const bool has_peers = std::ranges::any_of(rows, [&](const BenchRow& row) {
    return row.section() == section.name && !row.measured.peers.empty();
  });
  for (const BenchRow& row : rows) {
    if (row.section() != section.name || !row.not_run.empty()) continue;
    if (text.empty())
      text = std::string("\n## ") + section.title + "\n\n" + section.intro +
             "\n\n| row | what | promise | measured |" + (has_peers ? " beside |" : "") +
             " limit | ratio | met | threads | work |\n|---|---|---|---|" +
             (has_peers ? "---|" : "") + "---|---|---|---|---|\n";
    const std::string beside = beside_text(row);
    const std::string limit =
        std::isfinite(row.measured.limit)
            ? with_unit(row.measured.limit, row) + " (" + row.measured.limit_name + ")"
            : "-";
    text += "| `" + std::string(row.promise.name) + "` | " + row.promise.what + " | " +
            (row.promise_text().empty() ? "-" : row.promise_text()) + " | " +
            (row.missing.empty() ? with_unit(row.measured.value, row) : "-") + " | " +
            (has_peers ? (beside.empty() ? "-" : beside) + " | " : "") + limit + " | " +
            figure(row.ratio()) + " | " + met_text(row) + " | " +
            std::to_string(row.measured.threads) + " | " + remark(row) + " |\n";
  }
  return text;
}

// What `./dev gpu` does beside these rows.
constexpr const char* kOnlyOnCards =
    "\nNor has what `./dev gpu` alone does been run:\n\n"
    "- the tests of every kernel and every row of the table of instances on the card itself, "
    "textures filtered by hardware among them (promised: own interpolation 1e-5, half store 5e-4, "
    "hardware filter 5e-3)\n"
    "- memcheck and racecheck of compute-sanitizer\n"
    "- times of kernels by device events, beside the rates of copies and gathers in the same run: "
    "60 projections of 647x768 filtered (promised: 2x of what moving the bytes takes; by the "
    "instructions of its kernel 3x to 4x is to be expected), three slices of 1024x1024 from 400 "
    "projections (6 ms, 200 GUPS), one of 512x512 from 60 (0.15 ms), 128^3 voxels from 400 (5 ms), "
    "512^3 voxels from 360 (200 GUPS)\n"
    "- the same slices with the ASTRA toolbox (promised: at least twice as fast)\n"
    "- images handed over by CUDA IPC, and several cards\n"
    "- phase retrieval and rows of over 8192 samples by cuFFT, stream priorities, copies beside "
    "kernels\n"
    "- a driver, a card and its memory that really fail: here they are simulated\n";

// What needs a card, where there was none.
std::string markdown_not_run(std::span<const BenchRow> rows) {
  std::string list, why;
  for (const BenchRow& row : rows) {
    if (row.not_run.empty()) continue;
    why = row.not_run;
    list += "- `" + std::string(row.promise.name) + "`: " + row.promise.what +
            (row.promise_text().empty() ? "" : ", promised " + row.promise_text()) + "\n";
  }
  if (list.empty()) return "";
  return "\n## Not run on a card\n\nThis machine has no card that can be used (" + why +
         "), so no figure of the CUDA backend was measured, and none of its kernels has run on a "
         "card here: they were compiled, and the same source was tested on the host, block by "
         "block, against the definition. On a machine with a card `./dev gpu` builds, tests, "
         "checks "
         "and times them, and `slicecast bench cuda` measures these rows:\n\n" +
         list + kOnlyOnCards;
}

}  // namespace

std::string bench_table(std::span<const BenchRow> rows) {
  std::string text;
  char line[160];
  std::snprintf(line, sizeof line, "%-36s %-20s %-14s %-14s %-6s %-8s\n", "row", "promise",
                "measured", "limit", "ratio", "met");
  text += line;
  for (const BenchRow& row : rows) {
    std::snprintf(line, sizeof line, "%-36s %-20s %-14s %-14s %-6s %-8s", row.promise.name,
                  row.promise_text().c_str(), with_unit(row.measured.value, row).c_str(),
                  with_unit(row.measured.limit, row).c_str(), figure(row.ratio()).c_str(),
                  met_text(row).c_str());
    const std::string beside = beside_text(row);
    text += line + remark(row) + (beside.empty() ? "" : "; beside " + beside) + "\n";
  }
  return text;
}

std::string bench_json(std::span<const BenchRow> rows) {
  Json list = Json::array();
  for (const BenchRow& row : rows) {
    const auto met = row.met();
    Json entry = {
        {"name", row.promise.name},
        {"what", row.promise.what},
        {"promise", row.promise.bound == Bound::none ? Json(nullptr) : Json(row.promise_text())},
        {"promise_value",
         row.promise.bound == Bound::none ? Json(nullptr) : Json(row.promise.value)},
        {"measured", json_number(row.measured.value)},
        {"unit", row.promise.unit},
        {"limit", json_number(row.measured.limit)},
        {"limit_name", row.measured.limit_name},
        {"ratio", json_number(row.ratio())},
        {"met", met ? Json(*met) : Json(nullptr)},
        {"processor", row.processor},
        {"threads", row.measured.threads},
        {"work", row.measured.work},
        {"detail", row.measured.detail},
        {"command", row.command}};
    for (const PeerFigure& peer : row.measured.peers)
      entry["peers"].push_back({{"name", peer.name},
                                {"measured", json_number(peer.value)},
                                {"ratio", json_number(row.measured.value / peer.value)},
                                {"remark", peer.remark}});
    if (!row.missing.empty()) entry["missing"] = row.missing;
    if (!row.not_run.empty()) entry["not_run"] = row.not_run;
    if (!row.measured.correct) entry["wrong"] = true;
    list.push_back(std::move(entry));
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string bench_markdown(std::span<const BenchRow> rows, const BenchContext& context) {
  std::string text =
      "# Benchmarks\n\nWhat Slicecast promises and what one machine measured. Written by\n"
      "`slicecast bench --markdown docs/benchmarks.md`; do not edit by hand. One row alone:\n"
      "`slicecast bench --only ROW`; as JSON: `--json`.\n\n";
  text +=
      "- processor: " + processor_name() + ", " +
      std::to_string(std::max(1u, std::thread::hardware_concurrency())) + " cores visible, " +
      std::to_string(context.threads) + " threads used\n- memory: " +
      std::to_string(
          (static_cast<long long>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE) >> 30) + 1) +
      " GiB\n- scale: " + figure(context.scale) +
      " (1: the promised sizes and durations)\n- load average of the last minute before the run: " +
      figure(context.load_before) + "\n\n";
  text +=
      "A figure is the median or, where it says so, the fastest of several repetitions in one run. "
      "Whatever else runs on the machine makes speeds, latencies and throughput worse; the load "
      "average above says how much that was. CI runs every row at a small size and fails when one "
      "is missing or wrong in value, never because one is slow.\n";
  std::string open;
  for (const BenchRow& row : rows)
    if (!row.met().value_or(true))
      open += "- `" + std::string(row.promise.name) + "`: promised " + row.promise_text() + ", " +
              (row.missing.empty() ? "measured " + with_unit(row.measured.value, row) +
                                         (row.promise.bound == Bound::ratio_at_most
                                              ? " (" + figure(row.ratio()) + " of the limit)"
                                              : "")
                                   : "missing: " + row.missing) +
              "\n";
  text += "\n## Open\n\n" + (open.empty() ? "Every promise below is met.\n"
                                          : "Promises that are not met:\n\n" + open);
  for (const BenchSection& section : kSections) text += markdown_section(section, rows);
  text += markdown_not_run(rows);
  return text;
}

}  // namespace slicecast::cli
