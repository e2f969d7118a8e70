"""The paper: every equation, the function that is it, and the test that holds it to the printed one.

Read in this order: `geometry` (boxes and crops), `regressor` (what a psi takes and gives), `network` (fig. 2),
`objective`, `displacement`, `cascade`. What the paper has not stands beside them: `looks`, `confidence`, and the
networks `compact`, `mobilenet` and `lite_hrnet`. Examples are drawn in `training/examples.py`.
"""

MAP = {
    "N(y; b), eq. (1)": ("geometry.normalize", "test_geometry.test_normalize_is_equation_one"),
    "N^-1(y; b), section 3": ("geometry.denormalize", "test_geometry.test_denormalize_inverts_normalize"),
    "N(x; b), section 3": ("geometry.crop", "test_geometry.test_crop_agrees_with_a_plain_loop"),
    "y* = N^-1(psi(N(x); theta)), eq. (2)": ("cascade.first_stage", "test_cascade.test_stage_one_is_equation_five"),
    "psi, section 3.1 and fig. 2": ("network.DeepPoseNet", "test_network.test_every_map_of_the_paper"),
    "LRN, section 3.1": ("network.LocalResponseNorm", "test_network.test_lrn_equals_torchs_own"),
    "D_N, eq. (3)": ("training.examples.stage_one", "test_training.test_joints_follow_the_pixels_of_every_look"),
    "argmin over theta, eq. (4)": (
        "objective.squared_l2", "test_cascade.test_squared_l2_is_equation_four_in_a_plain_loop"
    ),
    "terms of unlabelled joints, section 3.1": (
        "objective.squared_l2", "test_cascade.test_an_unlabelled_term_is_omitted"
    ),
    "y^1, eq. (5)": ("cascade.first_stage", "test_cascade.test_stage_one_is_equation_five"),
    "y_i^s, eq. (6)": (
        "cascade.refine", "test_cascade.test_later_stages_are_equation_six_with_each_joints_own_outputs"
    ),
    "diam(y), section 3.2": ("geometry.diameter", "test_geometry.test_diameter_is_left_shoulder_to_right_hip"),
    "b_i(y; sigma), eq. (7)": ("geometry.joint_boxes", "test_geometry.test_joint_boxes_are_equation_seven"),
    "N_i^(s-1), section 3.2": (
        "displacement.fit", "test_cascade.test_displacements_are_mean_and_covariance_per_joint"
    ),
    "delta ~ N_i^(s-1), section 3.2": (
        "displacement.Displacements.sample", "test_cascade.test_samples_have_the_observed_moments"
    ),
    "D_A^s, section 3.2": (
        "training.examples.later_stage", "test_training.test_later_stages_draw_boxes_around_displaced_truth"
    ),
    "psi_i of the 2k outputs": ("objective.own_joint", "test_cascade.test_own_joint_picks_two_of_the_2k_outputs"),
    "argmin over theta_s, eq. (8)": (
        "objective.objective", "test_cascade.test_equation_eight_counts_each_crops_own_joint_in_a_plain_loop"
    ),
    "stages 1 to S in order, section 3.2": (
        "cascade.Cascade.forward", "test_cascade.test_every_stage_is_returned_and_equals_running_the_stages_by_hand"
    ),
    "PCP@0.5, section 4.1": ("evaluation.limbs.pcp", "test_metrics.test_pcp_is_the_plain_loop"),
    "PDJ, section 4.1": ("evaluation.joints.pdj", "test_metrics.test_found_joints_are_the_plain_loop"),
}  # fmt: skip
"""What the paper says: (the function that is it, the test that checks it). Names without a room are this one's."""
