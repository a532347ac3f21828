using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary>Options that the commands share which answer held-out questions.</summary>
internal static class HeldOutOptions
{
    public static Option<string> Split() =>
        new("--split")
        {
            Description =
                "Which samples: validation, test, train, or all. If the data have no validation side, validation is the side "
                + "that tune holds out with the same --seed and --validation-share.",
            DefaultValueFactory = _ => "validation",
        };

    public static Option<double> Share() =>
        new("--validation-share")
        {
            Description = "Share of the samples held out for validation if the data have no validation side.",
            DefaultValueFactory = _ => 0.1,
        };

    public static Option<int> BatchTokens() =>
        new("--batch-tokens") { Description = "Maximum number of tokens to process at once.", DefaultValueFactory = _ => 8192 };
}
