using System.Globalization;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The console that commands print results to.</summary>
internal static class Terminal
{
    // A file or a pipe has no edge to wrap at: a path must stay in one piece for the next program.
    private const int UnboundedWidth = 10_000;

    private static readonly Lazy<IAnsiConsole> Shared = new(Create);

    /// <summary>Standard output; without colours where it is no terminal or <c>NO_COLOR</c> is set.</summary>
    public static IAnsiConsole Output => Shared.Value;

    /// <summary>Bytes as GiB with one decimal, for example <c>113.2 GiB</c>.</summary>
    public static string GiB(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB");

    private static IAnsiConsole Create()
    {
        var plain = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        if (Console.IsOutputRedirected) console.Profile.Width = UnboundedWidth;
        return console;
    }
}
