using Litre.Cli;
using Litre.Core.Files;

// Before any file is written.
PrivateFiles.RestrictProcess();
return await CommandLine.RunAsync(args);
