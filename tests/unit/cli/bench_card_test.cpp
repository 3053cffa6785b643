// Rows and findings about a card, where there is none.
#include <cstdlib>

#include "services/cli/bench_row.h"
#include "services/cli/doctor_checks.h"

using namespace slicecast;
using namespace slicecast::cli;

namespace {

constexpr BenchPromise kPromises[] = {{"cuda.speed", Bound::at_most, 3, "ms", "a slice"}};

std::vector<BenchRow> rows_where(const std::string& absent, bool* ran) {
  const BenchGroup group{"cuda", kPromises,
                         [ran](const BenchContext&) -> Result<std::vector<Measurement>> {
                           *ran = true;
                           return Error{Errc::unavailable, "it broke"};
                         },
                         [absent] { return absent; }};
  return run_benches({&group, 1}, BenchContext{}, {}, [](const std::string&) {});
}

void without_module() {
  REQUIRE(setenv("SLICECAST_CUDA_MODULE", "/nonexistent/libslicecast_cuda.so", 1) == 0);
}

}  // namespace

TEST_CASE("A card that the configuration asks for by name and that is not there fails the check") {
  without_module();
  const auto findings = check_card("cuda", "");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].health == Health::bad);
  CHECK(findings[0].text.find("libslicecast_cuda.so is not there") != std::string::npos);
  CHECK_FALSE(findings[0].remedy.empty());
}

TEST_CASE("A card that is missed by nobody is a note, and one that nobody wants is no finding") {
  without_module();
  CHECK(check_card("auto", "")[0].health == Health::note);
  CHECK(check_card("cpu", "")[0].health == Health::good);
}

TEST_CASE("A row that this machine cannot run is no fault, has no figure and is listed so") {
  bool ran = false;
  const auto rows = rows_where("no driver; install one", &ran);
  CHECK_FALSE(ran);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].not_run == "no driver; install one");
  CHECK_FALSE(rows[0].complete());
  CHECK_FALSE(rows[0].met());
  CHECK(bench_faults(rows).empty());
  CHECK(bench_table(rows).find("not run") != std::string::npos);
  CHECK(bench_json(rows).find("\"not_run\": \"no driver; install one\"") != std::string::npos);
  const std::string text = bench_markdown(rows, BenchContext{});
  const auto section = text.find("## Not run on a card");
  REQUIRE(section != std::string::npos);
  CHECK(text.find("`cuda.speed`: a slice, promised <= 3 ms", section) != std::string::npos);
  CHECK(text.find("| `cuda.speed`") == std::string::npos);
}

TEST_CASE("Where there is a card a row that breaks is missing, and a fault") {
  bool ran = false;
  const auto rows = rows_where("", &ran);
  CHECK(ran);
  CHECK(rows[0].missing == "it broke");
  CHECK(bench_faults(rows).size() == 1);
  CHECK(bench_markdown(rows, BenchContext{}).find("Not run on a card") == std::string::npos);
}
