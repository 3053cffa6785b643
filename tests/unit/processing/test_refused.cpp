// What a descriptor may not ask for; each refusal is one line that names the remedy.
#include <limits>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {
namespace {

struct Refusal {
  std::string what;
  std::function<void(ProcessDesc&)> change;
  std::string remedy;  // part of the message
};

void check_refusals(const ProcessDesc& good, const std::vector<Refusal>& refusals) {
  REQUIRE(validate(good));
  for (const Refusal& refusal : refusals) {
    INFO(refusal.what);
    ProcessDesc desc = good;
    refusal.change(desc);
    const auto result = validate(desc);
    REQUIRE_FALSE(result);
    INFO(result.error().message);
    CHECK(result.error().message.find(refusal.remedy) != std::string::npos);
    CHECK(result.error().message.find('\n') == std::string::npos);
    CHECK_FALSE(processed_layout(desc));
    CHECK_FALSE(make_reference_processor(desc));
    CHECK_FALSE(make_cpu_processor(desc));
  }
}

std::shared_ptr<const FloatImage> image_of(std::size_t pixels, float value = 1) {
  return std::make_shared<FloatImage>(pixels, value);
}

}  // namespace

TEST_CASE("numbers outside of their range are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  check_refusals(
      counting_desc(parallel_scan(10, 20)),
      {{"no detector", [](auto& d) { d.geometry.rows = 0; }, "rows"},
       {"transmission 0", [](auto& d) { d.parameters.minimum_transmission = 0; }, "1e-6"},
       {"transmission NaN", [=](auto& d) { d.parameters.minimum_transmission = nan; }, "1e-6"},
       {"I0 < 0", [](auto& d) { d.parameters.incident_counts = -1; }, "incident_counts"},
       {"bad fraction", [](auto& d) { d.parameters.bad_pixel_threshold = 1; }, "fraction"},
       {"zinger < 0", [](auto& d) { d.parameters.zinger_threshold = -0.1; }, "zinger_threshold"},
       {"binning 0", [](auto& d) { d.parameters.binning = 0; }, "binning"},
       {"binning 11", [](auto& d) { d.parameters.binning = 11; }, "lower it"},
       {"cutoff 0", [](auto& d) { d.parameters.filter_cutoff = 0; }, "Nyquist"},
       {"cutoff 1.1", [](auto& d) { d.parameters.filter_cutoff = 1.1; }, "Nyquist"},
       {"no table", [](auto& d) { d.parameters.filter = RampFilter::table; }, "at least two"},
       {"NaN in table",
        [=](auto& d) {
          d.parameters.filter = RampFilter::table;
          d.parameters.filter_table = {1, nan};
        },
        "finite"},
       {"air outside",
        [](auto& d) {
          d.parameters.air = {0, 15, 5, 6};
        },
        "10 x 20"},
       {"air of no width",
        [](auto& d) {
          d.parameters.air = {0, 0, 5, 0};
        },
        "10 x 20"},
       {"region outside",
        [](auto& d) {
          d.parameters.region = {-1, 0, 5, 5};
        },
        "10 x 20"},
       {"region huge",
        [](auto& d) {
          d.parameters.region = {5, 0, 2147483647, 5};
        },
        "10 x 20"},
       {"arc", [=](auto& d) { d.arc_start_rad = nan; }, "arc_start_rad"}});
}

TEST_CASE("images that do not fit the upright detector are refused") {
  ProcessDesc good = counting_desc(parallel_scan(10, 20));
  good.parameters.ring_correction = true;
  check_refusals(
      good,
      {{"dark", [](auto& d) { d.dark = image_of(100); }, "10 x 20"},
       {"flat", [](auto& d) { d.flat = image_of(201, 5000); }, "10 x 20"},
       {"mask", [](auto& d) { d.bad = std::make_shared<std::vector<std::uint8_t>>(7); }, "10 x 20"},
       {"ring after binning",
        [](auto& d) {
          d.ring = image_of(200);
          d.parameters.binning = 2;
        },
        "5 x 10"},
       {"all bad",
        [](auto& d) { d.bad = std::make_shared<std::vector<std::uint8_t>>(200, std::uint8_t{1}); },
        "send new flats"},
       {"flat is dark", [](auto& d) { d.flat = d.dark; }, "send new flats"}});
}

TEST_CASE("intensities without a way to transmissions are refused") {
  ProcessDesc good = counting_desc(parallel_scan(10, 20));
  check_refusals(good, {{"no flat", [](auto& d) { d.flat = nullptr; }, "incident_counts"},
                        {"threshold without flat",
                         [](auto& d) {
                           d.flat = nullptr;
                           d.parameters.incident_counts = 1000;
                           d.parameters.bad_pixel_threshold = 0.1;
                         },
                         "send flats"}});
  check_refusals(
      linear_desc(parallel_scan(10, 20)),
      {{"air",
        [](auto& d) {
          d.parameters.air = {0, 0, 5, 5};
        },
        "clear air"},
       {"zingers", [](auto& d) { d.parameters.zinger_threshold = 0.2; }, "zinger_threshold to 0"},
       {"Paganin",
        [](auto& d) {
          d.parameters.paganin = {30, 100, 200};
        },
        "delta_beta to 0"}});
}

TEST_CASE("Paganin without its numbers is refused") {
  ProcessDesc good = counting_desc(parallel_scan(10, 20));
  good.parameters.paganin = {30, 100, 200};
  check_refusals(
      good,
      {{"pixel size",
        [](auto& d) {
          d.geometry.pixel_size_known = false;
          d.geometry.pixel_mm = 1;
        },
        "set pixel_mm"},
       {"energy", [](auto& d) { d.parameters.paganin.energy_kev = 0; }, "set energy_kev"},
       {"distance", [](auto& d) { d.parameters.paganin.distance_mm = 0; }, "set distance_mm"},
       {"negative", [](auto& d) { d.parameters.paganin.delta_beta = -1; }, "switch Paganin off"}});
}

TEST_CASE("coverages that the beam cannot have are refused") {
  check_refusals(counting_desc(parallel_scan(10, 20)),
                 {{"short scan", [](auto& d) { d.coverage = Coverage::short_scan; }, "half_turn"},
                  {"axis outside of the region",
                   [](auto& d) {
                     d.coverage = Coverage::offset_axis;
                     d.parameters.region = {0, 12, 10, 8};
                   },
                   "move region"}});
  check_refusals(counting_desc(cone_scan(10, 20)),
                 {{"half turn", [](auto& d) { d.coverage = Coverage::half_turn; }, "full_turn"}});
}

}  // namespace slicecast::recon::test
