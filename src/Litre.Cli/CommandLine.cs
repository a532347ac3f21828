using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.CompilerServices;
using Litre.Cli.Commands;
using Litre.Cli.Errors;
using Litre.Cli.FirstSteps;
using Litre.Cli.Rendering;
using Litre.Core;

namespace Litre.Cli;

/// <summary>The command tree, and the one place where a command's failure becomes a message and an exit code.</summary>
internal static class CommandLine
{
    // Runs before any other code, so that texts are rendered the same way everywhere.
    [ModuleInitializer]
    internal static void NameOptions() => OptionText.Tree = Root;

    /// <summary>Parses and runs one command; never throws.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var output = Terminal.Guard();
        Notices.Sink = OptionText.WriteError;
        var code = await InvokeAsync(arguments);
        Console.Out.Flush();
        if (output.Failure is not { } failure || code != ExitCode.Success)
            return code;
        // Output that was not written is a failure.
        Console.Error.WriteLine(
            $"litre: standard output: writing failed ({failure.Message.ReplaceLineEndings(" ")}); free disk space, or redirect "
                + $"the output elsewhere"
        );
        return ExitCode.BadInput;
    }

    private static async Task<int> InvokeAsync(string[] args)
    {
        try
        {
            var arguments = HomePaths.Expand(args);
            var parsed = Root().Parse(arguments);
            if (!IsDirective(arguments) && UsageError.Find(parsed) is { } mistake)
                return FailureReport.WriteUsageError(mistake, $"{CommandPath.Of(parsed.CommandResult.Command)} --help", Console.Error);
            CheckModel(parsed);
            // Commands handle signals themselves: the library would end a command that is still cleaning up.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }
            );
        }
        catch (Exception failure)
        {
            return FailureReport.Write(failure, args, Console.Error);
        }
    }

    // Completion passes incomplete lines.
    private static bool IsDirective(string[] arguments) => arguments.Length > 0 && arguments[0].StartsWith('[');

    // In one place for all commands that have --model.
    private static void CheckModel(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var model = command.Options.Any(o => o.Name == "--model") ? Value("--model") : null;
        var argument = command.Arguments.FirstOrDefault(a => a.Name == "DATA");
        var data = Value("--data") ?? (argument is null ? null : parsed.GetResult(argument)?.Tokens.FirstOrDefault()?.Value);
        ModelArgument.Check(
            model,
            data,
            Value("--adapter"),
            allowsNames: command is PlanCommand or DoctorCommand,
            argument is null ? "--data" : argument.Name
        );

        TextModelArgument.Check(model, Value);

        string? Value(string name) => (parsed.GetResult(name) as OptionResult)?.Tokens.FirstOrDefault()?.Value;
    }

    /// <summary>All commands.</summary>
    internal static RootCommand Root()
    {
        var root = new RootCommand("Fine-tunes language and vision-language models privately, on your own machine.")
        {
            new AdapterCommand(),
            new AskCommand(),
            new AuditCommand(),
            new BatchCommand(),
            new BenchCommand(),
            new ChatCommand(),
            new CompletionCommand(),
            new DataCommand(),
            new DoctorCommand(),
            new EvalCommand(),
            new ExportCommand(),
            new GovernorCommand(),
            new InitCommand(),
            new KeyCommand(),
            new ModelCommand(),
            new PlanCommand(),
            new PrivacyCommand(),
            new ServeCommand(),
            new SetupCommand(),
            new TuneCommand(),
            new VerifyCommand(),
            new WatchCommand(),
        };
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        // Without a command, Litre shows the next step.
        root.SetAction(_ => FirstStepsReport.Write(Console.Out, "."));
        OptionText.RenderDescriptions(root);
        return root;
    }
}
