using Litre.Server;

return await ServerProgram.RunAsync(args);
