using System.Globalization;
using System.Text;
using Litre.Core;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The streams that commands write to. Everything except Litre's own drawing goes through a <see cref="GuardedWriter"/>.</summary>
internal static class Terminal
{
    // Files and pipes are not wrapped: a path must stay in one piece for the next program.
    private const int UnboundedWidth = 10_000;
    private const int FallbackWidth = 80; // for a terminal that does not report its size
    private const int FallbackHeight = 24;

    // Both streams are stored before either is replaced.
    private static readonly ResilientWriter SteadyOutput = new(Console.Out);
    private static readonly TextWriter PlainOutput = TextWriter.Synchronized(SteadyOutput);
    private static readonly TextWriter PlainError = TextWriter.Synchronized(new ResilientWriter(Console.Error));
    private static readonly Lazy<IAnsiConsole> Shared = new(() => Create(PlainOutput, !Console.IsOutputRedirected));

    /// <summary>Standard output; without colors if it is not a terminal or <c>NO_COLOR</c> is set.</summary>
    public static IAnsiConsole Output => Shared.Value;

    /// <summary>The status line on standard error; nothing is drawn if that is not a terminal.</summary>
    public static StatusLine Status { get; } = NewStatus();

    /// <summary>The current number of columns of the terminal.</summary>
    public static int Width => Size(static () => Console.WindowWidth, FallbackWidth);

    /// <summary>The current number of lines of the terminal.</summary>
    public static int Height => Size(static () => Console.WindowHeight, FallbackHeight);

    /// <summary>
    /// Keeps control characters out of everything that is written to <see cref="Console"/>, and lets work continue when the
    /// terminal is closed. Must be called first.
    /// </summary>
    /// <returns>The writer that records whether standard output was written.</returns>
    public static ResilientWriter Guard()
    {
        Console.SetOut(new GuardedWriter(PlainOutput));
        Console.SetError(new GuardedWriter(PlainError));
        return SteadyOutput;
    }

    /// <summary>Creates another status line on standard error.</summary>
    public static StatusLine NewStatus() => new(PlainError, !Console.IsErrorRedirected, static () => Width);

    /// <summary>
    /// Creates a prompt that reads the keyboard and writes to standard error; null if either is not a terminal that can be drawn on.
    /// </summary>
    public static PromptLine? NewPrompt(LineEditor editor) =>
        Console.IsInputRedirected || Console.IsErrorRedirected || HostEnvironment.Read(HostEnvironment.Terminal) is null or "dumb"
            ? null
            : new PromptLine(PlainError, editor, static () => Width);

    /// <summary>Bytes as GiB with one decimal, for example <c>113.2 GiB</c>.</summary>
    public static string GiB(long bytes) => Units.GiB(bytes, 1);

    /// <summary>File sizes in a suitable unit, for example <c>4.13 GiB</c>, <c>33.6 MiB</c>, <c>0.5 KiB</c>.</summary>
    public static string Size(long bytes) =>
        bytes switch
        {
            >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.00} GiB"),
            >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        };

    /// <summary>Writes a line without the console's wrapping: a broken path cannot be copied.</summary>
    public static void Line(this IAnsiConsole console, string text) => console.Profile.Out.Writer.WriteLine(VisibleText.Of(text));

    /// <summary>Escapes text for markup: brackets are shown, and its width is that of the shown text.</summary>
    public static string Escape(string text) => Markup.Escape(VisibleText.Of(text));

    /// <summary>Creates a console that shows control characters in texts, and passes only its own sequences.</summary>
    /// <param name="writer">The stream without a guard.</param>
    /// <param name="isTerminal">Whether it supports escape sequences and has a width.</param>
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
