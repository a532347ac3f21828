using System.Globalization;
using System.Text;
using Litre.Core;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The streams that commands write to. Everything but Litre's own drawing passes a <see cref="GuardedWriter"/>.</summary>
internal static class Terminal
{
    // A file or a pipe has no edge to wrap at: a path must stay in one piece for the next program.
    private const int UnboundedWidth = 10_000;
    private const int FallbackWidth = 80; // of a terminal that does not know its size
    private const int FallbackHeight = 24;

    // Both streams are taken before either is replaced.
    private static readonly ResilientWriter SteadyOutput = new(Console.Out);
    private static readonly TextWriter PlainOutput = TextWriter.Synchronized(SteadyOutput);
    private static readonly TextWriter PlainError = TextWriter.Synchronized(new ResilientWriter(Console.Error));
    private static readonly Lazy<IAnsiConsole> Shared = new(() => Create(PlainOutput, !Console.IsOutputRedirected));

    /// <summary>Standard output; without colours where it is not a terminal or <c>NO_COLOR</c> is set.</summary>
    public static IAnsiConsole Output => Shared.Value;

    /// <summary>How far something is, on standard error; nothing where that is not a terminal.</summary>
    public static StatusLine Status { get; } = NewStatus();

    /// <summary>Columns of the terminal at the moment.</summary>
    public static int Width => Size(static () => Console.WindowWidth, FallbackWidth);

    /// <summary>Lines of the terminal at the moment.</summary>
    public static int Height => Size(static () => Console.WindowHeight, FallbackHeight);

    /// <summary>
    /// Lets nothing that steers a terminal pass through <see cref="Console"/>, whoever writes there, and lets work go on when
    /// the terminal is gone. Called first of all.
    /// </summary>
    /// <returns>What knows whether standard output was written.</returns>
    public static ResilientWriter Guard()
    {
        Console.SetOut(new GuardedWriter(PlainOutput));
        Console.SetError(new GuardedWriter(PlainError));
        return SteadyOutput;
    }

    /// <summary>A status line of its own on standard error.</summary>
    public static StatusLine NewStatus() => new(PlainError, !Console.IsErrorRedirected, static () => Width);

    /// <summary>
    /// Lines from the keyboard, prompted for on standard error; null where either is not a terminal that can be drawn on.
    /// </summary>
    public static PromptLine? NewPrompt(LineEditor editor) =>
        Console.IsInputRedirected || Console.IsErrorRedirected || HostEnvironment.Read(HostEnvironment.Terminal) is null or "dumb"
            ? null
            : new PromptLine(PlainError, editor, static () => Width);

    /// <summary>Bytes as GiB with one decimal, for example <c>113.2 GiB</c>.</summary>
    public static string GiB(long bytes) => Units.GiB(bytes, 1);

    /// <summary>Bytes of files in the unit that suits them, for example <c>4.13 GiB</c>, <c>33.6 MiB</c>, <c>0.5 KiB</c>.</summary>
    public static string Size(long bytes) =>
        bytes switch
        {
            >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.00} GiB"),
            >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        };

    /// <summary>A line past the console's own wrapping: a path that is broken in two cannot be copied.</summary>
    public static void Line(this IAnsiConsole console, string text) => console.Profile.Out.Writer.WriteLine(VisibleText.Of(text));

    /// <summary>Text for markup: its brackets are shown, and it is as wide as it will be shown.</summary>
    public static string Escape(string text) => Markup.Escape(VisibleText.Of(text));

    /// <summary>A console that shows texts, and lets only its own sequences through.</summary>
    /// <param name="writer">The stream without a guard.</param>
    /// <param name="isTerminal">Whether it understands sequences and has a width.</param>
    internal static IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        var plain = !isTerminal || HostEnvironment.Read(HostEnvironment.NoColor) is not null;
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
                ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
                Interactive = InteractionSupport.No,
                Out = new Target(writer, isTerminal),
            }
        );
        console.Pipeline.Attach(new SegmentGuard());
        return console;
    }

    private static int Size(Func<int> read, int fallback)
    {
        try
        {
            return read() is var size and > 0 ? size : fallback;
        }
        catch (IOException)
        {
            return fallback;
        }
    }

    private sealed class Target(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => isTerminal ? Terminal.Width : UnboundedWidth;

        public int Height => Terminal.Height;

        public void SetEncoding(Encoding encoding)
        {
            // .NET writes UTF-8 here anyway.
        }
    }
}
