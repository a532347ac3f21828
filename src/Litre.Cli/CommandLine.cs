using System.CommandLine;
using Litre.Cli.Commands;
using Litre.Cli.Rendering;

namespace Litre.Cli;

/// <summary>The command tree, and the one place where a command's failure becomes a message and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Parses and runs one command; never throws.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var output = Terminal.Guard();
        var code = await InvokeAsync(arguments);
        Console.Out.Flush();
        if (output.Failure is not { } failure || code != ExitCode.Success) return code;
        // A result that never arrived is no success.
        Console.Error.WriteLine($"litre: standard output: writing failed ({failure.Message.ReplaceLineEndings(" ")}); free space, or write it elsewhere");
        return ExitCode.BadInput;
    }

    private static async Task<int> InvokeAsync(string[] arguments)
    {
        try
        {
            var parsed = Root().Parse(arguments);
            if (parsed.Errors.Count > 0)
            {
                var help = string.Join(' ', Path(parsed.CommandResult.Command).Append("--help"));
                return FailureReport.Mistake(parsed.Errors[0].Message, help, Console.Error);
            }
            // Signals are the commands' own: the library would end one that is still cleaning up.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception failure)
        {
            return FailureReport.Write(failure, arguments, Console.Error);
        }
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("Fine-tunes vision-language models privately, on your own machine.")
        {
            new AskCommand(),
            new BatchCommand(),
            new BenchCommand(),
            new ChatCommand(),
            new DataCommand(),
            new DoctorCommand(),
            new EvalCommand(),
            new ExportCommand(),
            new GovernorCommand(),
            new InitCommand(),
            new ModelCommand(),
            new PlanCommand(),
            new SetupCommand(),
            new TuneCommand(),
            new VerifyCommand(),
            new WatchCommand(),
        };
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        // Bare `litre` is a question, not a mistake.
        root.SetAction(_ => root.Parse("--help").Invoke());
        return root;
    }

    private static IEnumerable<string> Path(Command command)
    {
        var path = new Stack<string>();
        for (Command? at = command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault())
            path.Push(at is RootCommand ? "litre" : at.Name);
        return path;
    }
}
