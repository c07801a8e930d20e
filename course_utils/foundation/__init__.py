"""What everything else stands on: settings, files fetched and verified, recorded tables, the machine's devices."""
