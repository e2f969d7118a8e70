"""Everything people look at: drawings, strips, plots and pages."""
