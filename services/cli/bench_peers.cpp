#include "services/cli/bench_peers.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/io/npy.h"
#include "common/nn/graph/onnx_writer.h"
#include "services/cli/child_process.h"

namespace slicecast::cli {
namespace {

using PeerJson = nlohmann::ordered_json;

constexpr const char* kPeerScript = "bench_peers.py";

std::filesystem::path peer_script() {
  return program_folder().parent_path() / "share" / "slicecast" / kPeerScript;
}

// Those that are looked for, as bench_peers.py has them.
std::vector<std::string> peers_of(const std::string& kind) {
  if (kind == "network") return {"ONNX Runtime", "OpenCV"};
  return {"OpenCV", "scikit-image"};
}

// One line of the script's report; nothing: it is none.
std::optional<std::pair<std::string, PeerFigure>> figure_of(const std::string& line) {
  const auto entry = PeerJson::parse(line, nullptr, false);
  if (!entry.is_object()) return {};
  const auto text = [&](const char* key) {
    return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>()
                                                         : std::string();
  };
  PeerFigure figure;
  figure.name = text("peer");
  figure.remark = text("remark");
  if (entry.contains("milliseconds") && entry["milliseconds"].is_number())
    figure.value = entry["milliseconds"].get<double>();
  return std::pair(text("row"), std::move(figure));
}

}  // namespace

Result<BenchPeers> BenchPeers::start(const BenchContext& context) {
  auto folder = TemporaryDirectory::create();
  if (!folder) return folder.error();
  return BenchPeers(std::move(*folder), context.peers);
}

Result<std::string> BenchPeers::write(const std::string& file, std::span<const std::byte> header,
                                      std::span<const std::byte> content) {
  std::ofstream out(folder_.path() / file, std::ios::binary);
  for (const auto part : {header, content})
    out.write(reinterpret_cast<const char*>(part.data()),
              static_cast<std::streamsize>(part.size()));
  out.close();
  if (!out)
    return Error{Errc::io, (folder_.path() / file).string() +
                               " cannot be written; make room there, or set TMPDIR"};
  return file;
}

Result<std::string> BenchPeers::array(const std::string& name, PixelType type,
                                      const std::vector<std::uint64_t>& shape,
                                      std::span<const std::byte> pixels) {
  const std::string header = io::npy_header(type, shape);
  return write(name + ".npy", std::as_bytes(std::span(header)), pixels);
}

template <class T>
Result<std::string> BenchPeers::picture(const std::string& name, PixelType type,
                                        ImageView<const T> image) {
  const auto rows = static_cast<std::uint64_t>(image.rows);
  const auto columns = static_cast<std::uint64_t>(image.columns);
  return array(name, type, {rows, columns}, std::as_bytes(std::span(image.pixels, rows * columns)));
}

Result<std::string> BenchPeers::image(const std::string& name, ImageView<const float> pixels) {
  return picture(name, PixelType::f32, pixels);
}

Result<std::string> BenchPeers::labels(const std::string& name,
                                       ImageView<const std::uint8_t> labels) {
  return picture(name, PixelType::u8, labels);
}

Result<std::string> BenchPeers::values(const std::string& name, std::span<const float> values) {
  return array(name, PixelType::f32, {values.size()}, std::as_bytes(values));
}

Result<std::string> BenchPeers::model(const std::string& name, const nn::Graph& graph) {
  const auto bytes = nn::write_onnx(graph);
  if (!bytes) return bytes.error();
  return write(name + ".onnx", {}, *bytes);
}

std::string BenchPeers::run_script() {
  if (interpreter_.empty()) return "not asked for";
  auto jobs = PeerJson::array();
  for (const Job& job : jobs_)
    jobs.push_back({{"row", job.row},
                    {"kind", job.kind},
                    {"threads", job.threads},
                    {"image", job.image},
                    {"model", job.model},
                    {"expected", job.expected},
                    {"low_percentile", job.low_percentile},
                    {"high_percentile", job.high_percentile}});
  const std::string text = jobs.dump();
  const auto written = write("jobs.json", {}, std::as_bytes(std::span(text)));
  if (!written) return written.error().message;
  auto process = ChildProcess::start(
      {"peers", {interpreter_, peer_script().string(), folder_.path().string()}});
  if (!process) return "not present: " + process.error().message;
  const Ending ending = process->wait();
  if (ending.exit_code == 0 && ending.signal == 0) return "";
  return "not measured: " + interpreter_ + " ended with " + ending.text() +
         "; its message is above";
}

void BenchPeers::add_to(std::span<Measurement> rows) {
  const std::string why = run_script();
  std::vector<std::pair<std::string, PeerFigure>> found;
  std::ifstream report(folder_.path() / "report.jsonl");
  for (std::string line; std::getline(report, line);)
    if (auto figure = figure_of(line)) found.push_back(std::move(*figure));
  for (const Job& job : jobs_) {
    const auto row = std::ranges::find(rows, job.row, &Measurement::name);
    if (row == rows.end()) continue;
    for (const std::string& peer : peers_of(job.kind)) {
      const auto at = std::ranges::find_if(found, [&](const auto& of) {
        return of.first == job.row && of.second.name.starts_with(peer);
      });
      PeerFigure figure;
      figure.name = peer;
      figure.remark = why.empty() ? "not measured" : why;
      if (at != found.end()) figure = at->second;
      if (at != found.end() && std::isfinite(figure.value) && !job.note.empty())
        figure.remark = job.note + (figure.remark.empty() ? "" : ", ") + figure.remark;
      row->peers.push_back(std::move(figure));
    }
  }
}

}  // namespace slicecast::cli
