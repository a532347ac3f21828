namespace ServeSoak;

/// <summary>The arguments, as NAME VALUE pairs. <c>benchmarks/serve-soak.sh</c> gives them.</summary>
internal sealed record SoakOptions
{
    /// <summary>The server, such as <c>http://127.0.0.1:8000</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The secrets of two keys and of an admin key.</summary>
    public required string KeyA { get; init; }

    public required string KeyB { get; init; }

    public required string Admin { get; init; }

    /// <summary>The folder of the server's audit log.</summary>
    public required string Audit { get; init; }

    /// <summary>An image that the model accepts.</summary>
    public required string Image { get; init; }

    /// <summary>A folder below the server's adapter root, which is loaded and unloaded; null if there is none.</summary>
    public string? ExtraAdapter { get; init; }

    public int Count { get; init; } = 10_000;

    public int Seed { get; init; } = 1;

    /// <summary>Requests at the same time.</summary>
    public int AtOnce { get; init; } = 24;

    /// <summary>Kills the server after this many answers, and then checks only the audit log; 0 to not kill it.</summary>
    public int KillAfter { get; init; }

    /// <summary>The kinds of requests, by the percentages in <see cref="Soak"/>: to find out which of them is responsible.</summary>
    public int From { get; init; }

    public int To { get; init; } = 100;

    public static SoakOptions Parse(string[] arguments)
    {
        var values = arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair.Length == 2 ? pair[1] : throw Missing(pair[0]));
        return new SoakOptions
        {
            Url = new Uri(Required("url")),
            KeyA = Required("key-a"),
            KeyB = Required("key-b"),
            Admin = Required("admin"),
            Audit = Required("audit"),
            Image = Required("image"),
            ExtraAdapter = values.GetValueOrDefault("extra-adapter"),
            Count = Number("count", 10_000),
            Seed = Number("seed", 1),
            AtOnce = Number("at-once", 24),
            KillAfter = Number("kill-after", 0),
            From = Number("from", 0),
            To = Number("to", 100),
        };

        string Required(string name) => values.GetValueOrDefault(name) ?? throw Missing(name);

        int Number(string name, int otherwise) =>
            values.TryGetValue(name, out var text) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;
    }

    private static ArgumentException Missing(string name) => new($"{name}: has no value");
}
