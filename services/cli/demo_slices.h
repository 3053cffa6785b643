// The demo's four slices and the pictures that it writes of them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/wire/feed.h"
#include "slicecast/v1/control.pb.h"

namespace slicecast::cli {

// Requests that place xy, xz, yz and oblique (35 degrees about x), each as wide as the field of
// view.
std::vector<v1::Request> demo_slices(const v1::FieldOfView& field, int size);

// NAME.png of each slice, drawn with axis2 upward, and preview-maximum.png, seen along y with z
// upward. Returns the paths; fails when one of the five is not there.
Result<std::vector<std::filesystem::path>> write_pictures(
    const std::map<std::string, wire::FeedMessage>& pictures, const std::filesystem::path& folder);

}  // namespace slicecast::cli
