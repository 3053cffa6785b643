#include "common/offline/pixel_options.h"

#include <algorithm>
#include <cmath>

#include "common/config/make_option.h"

namespace slicecast::offline {
namespace {

using config::choice;
using config::flag;
using config::Option;
using config::real;
using config::reals;
using config::text;
using config::whole;

Result<recon::Rectangle> rectangle(const config::Settings& settings, const char* name) {
  const auto& four = settings.reals(name);
  if (four.empty()) return recon::Rectangle{};
  const bool usable =
      four.size() == 4 && four[2] > 0 && four[3] > 0 && std::ranges::all_of(four, [](double x) {
        return x >= 0 && x <= 65535 && x == std::floor(x);
      });
  if (!usable)
    return Error{Errc::invalid_argument,
                 std::string(name) +
                     " wants four whole numbers: row, column, rows, columns (rows and columns "
                     "above 0), or nothing at all"};
  return recon::Rectangle{static_cast<int>(four[0]), static_cast<int>(four[1]),
                          static_cast<int>(four[2]), static_cast<int>(four[3])};
}

}  // namespace

std::vector<Option> pixel_options(PixelOptionsOf user) {
  const bool stream = user == PixelOptionsOf::stream;
  std::vector<Option> options{
      choice("already_linear", "scan", {"scan", "yes", "no"},
             "Frames are line integrals: no dark, flat or logarithm"),
      real("incident_counts", 0, "counts", 0, 1e12,
           stream ? "Intensity without sample, for scans without flats; 0: as the scan announces"
                  : "Intensity without sample, for scans without flats"),
      reals("air", "px", 0,
            "Row, column, rows, columns of a region without sample: each frame is scaled to full "
            "transmission there; empty: off"),
      real("minimum_transmission", 1e-6, "", 1e-30, 0.999, "Lower limit before the logarithm"),
      real("bad_pixel_threshold", 0, "", 0, 0.999,
           "Pixels whose flat is below this fraction of the median are interpolated; 0: off"),
      real("zinger_threshold", 0, "", 0, 1e6,
           "Pixels brighter than their neighbours' median by this fraction are replaced; 0: off"),
      real("delta_beta", 0, "", 0, 1e7, "Paganin phase retrieval: delta over beta; 0: off"),
      real("energy_kev", 0, "keV", 0, 1e6,
           stream ? "Paganin: photon energy" : "Paganin: photon energy; 0: as the file says"),
      real("distance_mm", 0, "mm", 0, 1e7,
           stream ? "Paganin: sample to detector"
                  : "Paganin: sample to detector; 0: as the file says"),
      flag("rings", false,
           stream ? "Subtract the rings estimated from one window"
                  : "Subtract the rings estimated from the scan"),
  };
  if (stream)
    options.push_back(
        whole("ring_width", 15, "px", 3, 1001, "Width of the smoothing that rings stand out from"));
  for (auto&& option : {
           whole("binning", 1, "px", 1, 64, "Pixels averaged in each direction"),
           reals("roi", "px", 0,
                 "Row, column, rows, columns of the region that is processed; empty: all"),
           choice("filter", "ram_lak",
                  {"ram_lak", "shepp_logan", "cosine", "hamming", "hann", "table", "none"},
                  "Ramp filter"),
           real("filter_cutoff", 1, "", 0.001, 1, "Cut-off as a fraction of the Nyquist frequency"),
           reals("filter_table", "", -1e6,
                 "filter = table: factors on the ramp at equal steps from 0 to the Nyquist "
                 "frequency"),
           choice("padding", "automatic", {"automatic", "zero", "edge_taper"},
                  "What projections are continued with beyond their edges"),
       })
    options.push_back(option);
  for (auto& option : options) option.live = stream;
  options.push_back(text("bad_pixels", "",
                         "Mask of pixels to interpolate, of the upright detector; not 0: bad. "
                         ".npy, .tif, .png or FILE.h5:/PATH; empty: none"));
  return options;
}

std::size_t chosen(const config::Settings& settings, const char* name) {
  const auto& choices = settings.find(name)->choices;
  return static_cast<std::size_t>(std::ranges::find(choices, settings.text(name)) -
                                  choices.begin());
}

Result<recon::PixelParameters> pixel_parameters(const config::Settings& settings) {
  recon::PixelParameters p;
  p.already_linear = settings.text("already_linear") == "yes";
  p.incident_counts = settings.real("incident_counts");
  const auto air = rectangle(settings, "air");
  if (!air) return air.error();
  p.air = *air;
  const auto region = rectangle(settings, "roi");
  if (!region) return region.error();
  p.region = *region;
  p.minimum_transmission = settings.real("minimum_transmission");
  p.bad_pixel_threshold = settings.real("bad_pixel_threshold");
  p.zinger_threshold = settings.real("zinger_threshold");
  p.paganin = {.energy_kev = settings.real("energy_kev"),
               .distance_mm = settings.real("distance_mm"),
               .delta_beta = settings.real("delta_beta")};
  p.ring_correction = settings.boolean("rings");
  p.binning = static_cast<int>(settings.integer("binning"));
  // The choices stand in the order of the enumerations.
  p.filter = static_cast<recon::RampFilter>(chosen(settings, "filter"));
  p.filter_cutoff = settings.real("filter_cutoff");
  p.filter_table = settings.reals("filter_table");
  p.padding = static_cast<recon::Padding>(chosen(settings, "padding"));
  return p;
}

}  // namespace slicecast::offline
