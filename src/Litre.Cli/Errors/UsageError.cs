using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Litre.Training.Tuning;

namespace Litre.Cli.Errors;

/// <summary>Describes a mistake on the command line in one line: what was given, and what was most likely meant.</summary>
internal static class UsageError
{
    // Names of commands in other programs. The first one that exists here is suggested.
    private static readonly Dictionary<string, string[]> ForeignCommands = new()
    {
        ["train"] = ["tune"],
        ["training"] = ["tune"],
        ["finetune"] = ["tune"],
        ["fine-tune"] = ["tune"],
        ["fine-tuning"] = ["tune"],
        ["sft"] = ["tune"],
        ["lora"] = ["tune"],
        ["fit"] = ["tune"],
        ["start"] = ["tune"],
        ["resume"] = ["tune --resume --output RUN"],
        ["infer"] = ["ask"],
        ["inference"] = ["ask"],
        ["generate"] = ["ask"],
        ["predict"] = ["ask"],
        ["query"] = ["ask"],
        ["run"] = ["ask", "chat"],
        ["talk"] = ["chat"],
        ["repl"] = ["chat"],
        ["interactive"] = ["chat"],
        ["webui"] = ["chat"],
        ["batch-infer"] = ["batch"],
        ["batch-inference"] = ["batch"],
        ["caption"] = ["batch"],
        ["label"] = ["batch"],
        ["evaluate"] = ["eval"],
        ["evaluation"] = ["eval"],
        ["test"] = ["eval"],
        ["score"] = ["eval"],
        ["compare"] = ["eval"],
        ["metrics"] = ["eval"],
        ["merge"] = ["export --to merged"],
        ["merge-lora"] = ["export --to merged"],
        ["fuse"] = ["export --to merged"],
        ["convert"] = ["export"],
        ["save"] = ["export"],
        ["benchmark"] = ["bench"],
        ["estimate"] = ["plan"],
        ["estimate-memory"] = ["plan"],
        ["dry-run"] = ["plan"],
        ["memory"] = ["plan"],
        ["check"] = ["data check"],
        ["validate"] = ["data check"],
        ["lint"] = ["data check"],
        ["inspect"] = ["data check"],
        ["dataset"] = ["data"],
        ["stats"] = ["data check"],
        ["preview"] = ["data preview"],
        ["view"] = ["data preview"],
        ["show"] = ["data preview"],
        ["synthesize"] = ["data make"],
        ["monitor"] = ["watch"],
        ["top"] = ["watch"],
        ["status"] = ["watch"],
        ["ps"] = ["watch"],
        ["dashboard"] = ["watch"],
        ["info"] = ["doctor"],
        ["env"] = ["doctor"],
        ["diagnose"] = ["doctor"],
        ["selftest"] = ["doctor"],
        ["install"] = ["setup"],
        ["update"] = ["setup"],
        ["download"] = ["model get", "model"],
        ["pull"] = ["model get", "model"],
        ["get"] = ["model get"],
        ["fetch"] = ["model get"],
        ["models"] = ["model list", "model"],
        ["list"] = ["model list"],
        ["ls"] = ["model list"],
        ["create"] = ["init"],
        ["new"] = ["init"],
        ["completions"] = ["completion"],
        ["help"] = ["--help"],
        ["version"] = ["--version"],
        ["h"] = ["--help"],
        ["v"] = ["--version"],
    };

    /// <summary>
    /// Returns the message; null if there is no mistake. Checks more than the parser, which accepts a mistyped option as a value.
    /// </summary>
    public static string? Find(ParseResult parsed)
    {
        if (parsed.Action is not null && parsed.Errors.Count == 0 && parsed.GetResult("--help") is not null)
            return null;
        var command = parsed.CommandResult.Command;
        if (FindSwallowed(parsed) is { } swallowed)
            return swallowed;
        // Without a known command the word is the mistake; after one, an unknown option explains the words after it.
        var unmatched =
            (command.Subcommands.Count > 0 ? null : parsed.UnmatchedTokens.FirstOrDefault(IsOption))
            ?? parsed.UnmatchedTokens.FirstOrDefault();
        if (unmatched is not null)
            return IsOption(unmatched) ? Option(command, unmatched) : Word(command, unmatched);
        return parsed.Errors.Count > 0 ? Describe(parsed.Errors[0]) : null;
    }

    // The parser's message for an invalid number names a .NET type.
    private static string Describe(ParseError error)
    {
        var (name, type) = error.SymbolResult switch
        {
            OptionResult { Option: var option } => (option.Name, option.ValueType),
            ArgumentResult { Argument: var argument } => (argument.Name, argument.ValueType),
            _ => ("", typeof(string)),
        };
        type = Nullable.GetUnderlyingType(type) ?? type;
        var expected =
            type == typeof(int) ? $"a whole number up to {int.MaxValue}"
            : type == typeof(ulong) ? "a whole number, 0 or more"
            : type == typeof(long) ? "a whole number"
            : type == typeof(double) ? "a number"
            : null;
        var value = error.SymbolResult?.Tokens.Select(token => token.Value).FirstOrDefault(text => !IsNumber(text, type));
        return expected is null || value is null ? error.Message : $"{name} {value}: expected {expected}";
    }

    private static bool IsNumber(string text, Type type) =>
        type == typeof(int) ? int.TryParse(text, CultureInfo.InvariantCulture, out _)
        : type == typeof(long) ? long.TryParse(text, CultureInfo.InvariantCulture, out _)
        : type == typeof(ulong) ? ulong.TryParse(text, CultureInfo.InvariantCulture, out _)
        : double.TryParse(text, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether the text looks like an option rather than a negative number or a single dash.</summary>
    private static bool IsOption(string token) =>
        token.Length > 1 && token[0] == '-' && (token[1] == '-' ? token.Length > 2 : char.IsLetter(token[1]));

    private static string? FindSwallowed(ParseResult parsed)
    {
        var escaped = parsed.Tokens.SkipWhile(t => t.Type != TokenType.DoubleDash).Select(t => t.Value).ToHashSet();
        foreach (var result in parsed.CommandResult.Children)
        {
            var taken = result.Tokens.Select(t => t.Value).FirstOrDefault(t => IsOption(t) && !t.Contains(' ') && !escaped.Contains(t));
            if (taken is null)
                continue;
            if (result is ArgumentResult)
                return Option(parsed.CommandResult.Command, taken);
            if (result is OptionResult { Option: var option } && !HomePaths.Texts.Contains(option.Name))
                return $"{option.Name} needs a value, but is followed by the option '{taken}'";
        }
        return null;
    }

    private static string Option(Command command, string token)
    {
        var name = token.Split('=')[0];
        var known = command.Options.Where(o => !o.Hidden).Select(o => o.Name.TrimStart('-')).ToList();
        // The question of `ask` is an argument, not an option.
        var argument = command.Arguments.FirstOrDefault(a => SettingNames.Suggest(name, [a.Name.ToLowerInvariant()]) is not null);
        var near = SettingNames.Suggest(name, known);
        var meant =
            near is not null ? $"; did you mean --{near}?"
            : argument is not null ? $"; give {argument.Name} without an option name"
            : "";
        return $"`{CommandPath.Of(command)}` has no option '{name}'{meant}";
    }

    private static string Word(Command command, string word)
    {
        var path = CommandPath.Of(command);
        if (command.Subcommands.Count == 0)
            return $"`{path}` has no argument '{word}'{Suggest(command, word)}";
        var names = command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).ToList();
        var lower = word.TrimStart('-').Replace('_', '-').ToLowerInvariant();
        var near =
            FindForeign(command, lower)
            ?? (names.Contains(lower) ? lower : null)
            ?? names.FirstOrDefault(n => lower.Length >= 2 && n.StartsWith(lower, StringComparison.Ordinal))
            ?? SettingNames.Nearest(lower, names);
        if (near is null && Path.Exists(word))
            near =
                command is RootCommand ? $"data check {word}"
                : command.Name == "data" ? $"check {word}"
                : null;
        return $"`{path}` has no command '{word}'{(near is null ? "" : $"; did you mean `{path} {near}`?")}";
    }

    // A second value after an option that takes one, or a path without its option.
    private static string Suggest(Command command, string word) =>
        Path.Exists(word) && command.Options.Any(o => o.Name == "--data") ? $"; did you mean --data {word}?" : "";

    private static string? FindForeign(Command root, string word) =>
        root is not RootCommand
            ? null
            : ForeignCommands.GetValueOrDefault(word)?.FirstOrDefault(command => command[0] == '-' || Exists(root, command.Split(' ')));

    private static bool Exists(Command command, string[] words)
    {
        foreach (var word in words.TakeWhile(w => w[0] != '-'))
        {
            if (command.Subcommands.FirstOrDefault(c => c.Name == word) is not { } found)
                return false;
            command = found;
        }
        return true;
    }
}
