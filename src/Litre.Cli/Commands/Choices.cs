using System.CommandLine;
using System.CommandLine.Parsing;

namespace Litre.Cli.Commands;

/// <summary>Options and arguments with fixed values: these are completed and listed in the help; all others are refused.</summary>
internal static class Choices
{
    public static void TakesOneOf<T>(this Option<T> option, params string[] values)
    {
        option.CompletionSources.Add(values);
        option.Validators.Add(result => Check(result, option.Name, values));
    }

    public static void TakesOneOf<T>(this Argument<T> argument, params string[] values)
    {
        argument.CompletionSources.Add(values);
        argument.Validators.Add(result => Check(result, argument.Name, values));
    }

    private static void Check(SymbolResult result, string name, string[] values)
    {
        if (result.Tokens.Select(token => token.Value).FirstOrDefault(value => !values.Contains(value)) is { } other)
            result.AddError($"{name} {other}: expected {string.Join(" or ", values)}");
    }
}
