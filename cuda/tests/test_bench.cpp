// The benchmark runs, whatever it measures here.
#include <cmath>
#include <set>

#include "cuda/bench/bench.h"
#include "cuda/tests/card.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;

TEST_CASE("every promised figure of a card is measured, finite and named once", "[long]") {
  bench::Options options;
  options.scale = 0.02;
  options.repeats = 2;
  const auto rows = taken(bench::run(open_card(), options));
  std::set<std::string> names;
  for (const bench::Row& row : rows) {
    CAPTURE(row.name);
    CHECK((std::isfinite(row.value) && row.value > 0));
    CHECK((std::isfinite(row.limit) && row.limit >= 0));
    CHECK(names.insert(row.name).second);
  }
  for (const char* promised :
       {"cuda.copy", "cuda.fetch_gather_half", "cuda.filter_60", "cuda.slices_1024_axial",
        "cuda.slices_1024_axial_ms", "cuda.slices_1024_tilted_ms", "cuda.slice_512_ms",
        "cuda.preview_128_ms", "cuda.volume_512", "cuda.volume_512_single"}) {
    CAPTURE(promised);
    CHECK(names.contains(promised));
  }
  const std::string table = bench::as_markdown(card().facts(), rows);
  CHECK_THAT(table, Catch::Contains("| cuda.volume_512 |") && Catch::Contains(">= 200 GUPS"));
  CHECK_THAT(bench::as_json_lines(rows), Catch::Contains(R"({"name": "cuda.copy")"));
}

TEST_CASE("a sweep times every instance of the table", "[long]") {
  bench::Options options;
  options.scale = 0.01;
  options.repeats = 1;
  options.sweep = true;
  const auto rows = taken(bench::run(open_card(), options));
  int swept = 0;
  for (const bench::Row& row : rows)
    swept += row.name.find(".slices_1024_tilted.") != row.name.npos;
  CHECK(swept == 7 * 4 * 4);
}
