// Weights that make every ray count once, and the obliquity weight of cone beam.
#pragma once

namespace slicecast::recon {

// Angle of a ray against the central plane of the fan: cosine = SDD / |source - pixel|. u and v in
// mm from the principal point (Feldkamp, Davis & Kress 1984, equation 28).
double cosine_weight(double u_mm, double v_mm, double source_detector_mm);

// Parker (1982), Medical Physics 9(2) 254, for an arc of pi + 2 half_fan. `beta` is the source
// angle since the start of the arc, `gamma` the fan angle of the ray, positive towards +u for a
// source that turns counter-clockwise; beta, gamma and beta + pi - 2 gamma, -gamma are the same
// line, and their weights sum to 1. 0 outside of the arc.
double parker_weight(double beta, double gamma, double half_fan);

// Overlap weight of an offset-axis scan over 2 pi, after Wang (2002), Medical Physics 29(7) 1634:
// s is the signed distance (fan angle) from the axis over the half width of the overlap, positive
// towards the *long* side of the detector. w(s) + w(-s) = 1, 0 below -1, 1 above 1, no kinks.
double overlap_weight(double s);

}  // namespace slicecast::recon
