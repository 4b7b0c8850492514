import fc from 'fast-check';

// The same mutants are detected in every run.
fc.configureGlobal({ seed: 1 });
