using System.Globalization;
using System.Text;

namespace Litre.Server.Metrics;

/// <summary>Writes metrics in Prometheus' text form. Its client library refuses the colon in vLLM's names.</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>A metric whose samples follow.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type: gauge, counter or histogram.</param>
    /// <param name="help">What it is.</param>
    public void Begin(string name, string type, string help) => _text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");

    /// <summary>A sample.</summary>
    public void Add(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name);
        for (var i = 0; i < labels.Length; i++)
            _text.Append($"{(i == 0 ? '{' : ',')}{labels[i].Name}=\"{Escape(labels[i].Value)}\"");
        _text.Append(labels.Length > 0 ? "} " : " ").Append(Number(value)).Append('\n');
    }

    /// <summary>A metric with one sample.</summary>
    public void AddOne(string name, string type, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Begin(name, type, help);
        Add(name, value, labels);
    }

    public void AddHistogram(string name, string help, Histogram histogram, (string Name, string Value) label)
    {
        Begin(name, "histogram", help);
        var (buckets, count, sum) = histogram.Read();
        foreach (var (bound, upTo) in buckets)
            Add(name + "_bucket", upTo, label, ("le", Number(bound)));
        Add(name + "_bucket", count, label, ("le", "+Inf"));
        Add(name + "_count", count, label);
        Add(name + "_sum", sum, label);
    }

    public override string ToString() => _text.ToString();

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
