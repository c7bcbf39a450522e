"""Every figure of the dashboard, each defined once: `outlook` what lies ahead, `tallies` what was, `reading` both for
one reader, `words` what each of them means."""
