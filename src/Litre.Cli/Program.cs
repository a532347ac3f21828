using Litre.Cli;

return await CommandLine.RunAsync(args);
