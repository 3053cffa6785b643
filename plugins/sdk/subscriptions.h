// What a plugin asks of the feeds it reads, by its settings, the node's wish and the slices there
// are.
#pragma once

#include <string>
#include <vector>

#include "common/config/option.h"
#include "plugins/sdk/plugin.h"

namespace slicecast::plugin {

// Words between blanks.
std::vector<std::string> words(const std::string& text);

// max_side of a slice with `side` pixels of `pixel_mm` that brings it next to `wanted_mm` by
// halvings, on a logarithmic scale; 0: as it is.
std::uint32_t side_for(double wanted_mm, double pixel_mm, std::uint32_t side);

// `settings`: those of options_of(). Scene and scan are always among them.
std::vector<v1::Subscription> subscriptions_for(const config::Settings& settings, const Wish& wish,
                                                const v1::Scene& scene);

}  // namespace slicecast::plugin
