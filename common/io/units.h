// Units as they appear in the `units` attributes of HDF5 files.
#pragma once

#include <optional>
#include <string_view>

namespace slicecast::io {

// Factor to radians ("deg", "degree(s)", "rad", "radian(s)", "mrad"), any case; nullopt: unknown.
std::optional<double> radians_per(std::string_view unit);
// Factor to millimetres ("m", "cm", "mm", "um", "micron(s)", "nm", "metre", ...).
std::optional<double> millimetres_per(std::string_view unit);
// Factor to keV ("ev", "kev", "mev", "gev").
std::optional<double> kev_per(std::string_view unit);

}  // namespace slicecast::io
