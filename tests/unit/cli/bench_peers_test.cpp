// How figures of other libraries are shown beside ours.
#include <nlohmann/json.hpp>

#include "services/cli/bench_row.h"

using namespace slicecast;
using namespace slicecast::cli;

namespace {

constexpr BenchPromise kPeerPromises[] = {{"nn.network", Bound::at_most, 3, "ms", "a network"},
                                          {"memory.server", Bound::none, 0, "MiB", "a server"}};

std::vector<BenchRow> rows_beside(std::vector<PeerFigure> peers) {
  const BenchGroup group{
      "both", kPeerPromises, [&](const BenchContext&) -> Result<std::vector<Measurement>> {
        Measurement network{.name = "nn.network", .value = 2, .work = "one image"};
        network.peers = peers;
        return std::vector{network, Measurement{.name = "memory.server", .value = 5}};
      }};
  return run_benches({&group, 1}, BenchContext{}, {}, [](const std::string&) {});
}

PeerFigure absent_peer(const char* name, const char* why) {
  PeerFigure figure;
  figure.name = name;
  figure.remark = why;
  return figure;
}

}  // namespace

TEST_CASE("A library that is not there has no figure, the reason in its place, and is no fault") {
  const auto rows = rows_beside({absent_peer("OpenCV", "not present: no module")});
  CHECK(bench_faults(rows).empty());
  CHECK(rows[0].met() == true);
  CHECK(bench_table(rows).find("beside OpenCV: not present: no module") != std::string::npos);
  CHECK(bench_markdown(rows, {}).find("| OpenCV: not present: no module |") != std::string::npos);
  const auto peer = nlohmann::json::parse(bench_json(rows))[0]["peers"][0];
  CHECK(peer["measured"].is_null());
  CHECK(peer["ratio"].is_null());
  CHECK(peer["remark"] == "not present: no module");
}

TEST_CASE("What a library takes stands beside our figure, with our share of it") {
  const auto rows =
      rows_beside({{"ONNX Runtime 1.17", 8, "apart by 1e-06"}, {"OpenCV 4.6.0", 10, ""}});
  const std::string text = "ONNX Runtime 1.17 8 ms (apart by 1e-06); OpenCV 4.6.0 10 ms";
  CHECK(bench_table(rows).find(text) != std::string::npos);
  const std::string page = bench_markdown(rows, {});
  CHECK(page.find("| measured | beside | limit |") != std::string::npos);
  CHECK(page.find("| 2 ms | " + text + " | - |") != std::string::npos);
  const auto peers = nlohmann::json::parse(bench_json(rows))[0]["peers"];
  REQUIRE(peers.size() == 2);
  CHECK(peers[0]["name"] == "ONNX Runtime 1.17");
  CHECK(peers[0]["measured"] == 8);
  CHECK(peers[0]["ratio"] == 0.25);
}

TEST_CASE("Sections in which nobody was asked have no column for it") {
  const std::string page = bench_markdown(rows_beside({{"OpenCV 4.6.0", 10, ""}}), {});
  const auto memory = page.find("## Memory");
  REQUIRE(memory != std::string::npos);
  CHECK(page.find("| measured | limit |", memory) != std::string::npos);
  CHECK(page.find("beside", memory) == std::string::npos);
}
