import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MAX_OUTSIDE, ownServiceId, type ServiceRecord, ServiceRecords } from './service-record';

const TTL = 1000;

function outside(serviceId: string, over: Partial<ServiceRecord> = {}): ServiceRecord {
  return {
    serviceId,
    modelId: 'm',
    version: 7,
    serviceUrl: 'http://10.0.0.7:9000',
    host: '10.0.0.7',
    port: 9000,
    status: 'healthy',
    environment: 'production',
    registeredAt: 0,
    lastHeartbeat: 0,
    metadata: {},
    ...over,
  };
}

const own = (modelId: string) => ({
  modelId,
  version: 1,
  serviceUrl: 'http://h:8000',
  host: 'h',
  port: 8000,
  environment: 'production',
});

describe('ServiceRecords', () => {
  it('shows a silent outside service as unhealthy, then no more', () => {
    const records = new ServiceRecords(TTL);
    records.putOutside(outside('a'));
    expect(records.get('a', TTL)?.status).toBe('healthy');
    expect(records.get('a', TTL + 1)?.status).toBe('unhealthy');
    expect(records.list({ status: 'unhealthy' }, TTL + 1)).toHaveLength(1);
    expect(records.list({ status: 'healthy' }, TTL + 1)).toHaveLength(0);
    expect(records.get('a', 3 * TTL)?.status).toBe('unhealthy');
    expect(records.get('a', 3 * TTL + 1)).toBeUndefined();
    expect(records.beat('a', 3 * TTL + 1)).toBeUndefined();
    expect(records.sweep(3 * TTL + 1).map((record) => record.serviceId)).toEqual(['a']);
    expect(records.removeOutside('a')).toBe(false);
  });

  it('has room for so many outside services, and always for those that it knows', () => {
    const records = new ServiceRecords(TTL);
    for (let i = 0; i < MAX_OUTSIDE; i++) {
      expect(records.hasRoomFor(`s${i}`)).toBe(true);
      records.putOutside(outside(`s${i}`));
    }
    expect(records.hasRoomFor('another')).toBe(false);
    expect(records.hasRoomFor('s0')).toBe(true);
    records.removeOutside('s0');
    expect(records.hasRoomFor('another')).toBe(true);
  });

  it('keeps what sends heartbeats, and takes its word for its status', () => {
    const records = new ServiceRecords(TTL);
    records.putOutside(outside('a', { status: 'starting' }));
    expect(records.next('m', 0)).toBeUndefined();
    expect(records.beat('a', 900, 'healthy')?.status).toBe('healthy');
    expect(records.get('a', 1800)).toMatchObject({ status: 'healthy', lastHeartbeat: 900 });
    expect(records.get('a', 2000)?.status).toBe('unhealthy');
    expect(records.beat('a', 2000)?.status).toBe('healthy');
  });

  it('never lets an outside service take the place of an own one', () => {
    const records = new ServiceRecords(TTL);
    const id = ownServiceId('iris');
    records.putOutside(outside(id, { modelId: 'iris' }));
    records.putOwn(own('iris'), 0);
    records.putOutside(outside(id, { modelId: 'iris', host: 'evil' }));
    expect(records.list({ modelId: 'iris' }, 0)).toMatchObject([{ serviceId: id, host: 'h' }]);
    expect(records.removeOutside(id)).toBe(false);
    expect(records.next('iris', 0)).toBeUndefined();
    records.removeOwn('iris');
    expect(records.get(id, 0)).toBeUndefined();
  });

  it('keeps own services alive without heartbeats, with the status that they were told', () => {
    const records = new ServiceRecords(TTL);
    records.putOwn(own('iris'), 5);
    expect(records.get(ownServiceId('iris'), 1e9)).toMatchObject({
      status: 'healthy',
      registeredAt: 5,
      lastHeartbeat: 1e9,
    });
    records.setOwnStatus('iris', 'draining');
    expect(records.get(ownServiceId('iris'), 6)?.status).toBe('draining');
    // Anyone may send a heartbeat, and say what the server knows better.
    expect(records.beat(ownServiceId('iris'), 6, 'healthy')?.status).toBe('draining');
    records.putOwn(own('iris'), 7);
    expect(records.get(ownServiceId('iris'), 8)).toMatchObject({ status: 'healthy', registeredAt: 5 });
    expect(records.sweep(1e9)).toEqual([]);
  });

  it('takes healthy services in turns', () => {
    const records = new ServiceRecords(TTL);
    for (const id of ['a', 'b', 'c']) records.putOutside(outside(id));
    records.putOutside(outside('other', { modelId: 'n' }));
    const asked = () => records.next('m', 0)?.serviceId;
    expect([asked(), asked(), asked(), asked()]).toEqual(['a', 'b', 'c', 'a']);
    records.removeOutside('b');
    expect(new Set([asked(), asked()])).toEqual(new Set(['a', 'c']));
  });

  it('passes services of another version than the one asked for', () => {
    const records = new ServiceRecords(TTL);
    records.putOutside(outside('old', { version: 1 }));
    records.putOutside(outside('new', { version: '2.0' }));
    const asked = (version: string | null) => records.next('m', 0, version)?.serviceId;
    expect([asked('1'), asked('1.0'), asked('1')]).toEqual(['old', 'old', 'old']);
    expect([asked('2'), asked('2.0')]).toEqual(['new', 'new']);
    expect(asked('3')).toBeUndefined();
    expect(new Set([asked(null), asked(null)])).toEqual(new Set(['old', 'new']));
    records.putOutside(outside('silent', { version: null }));
    expect(asked('3')).toBe('silent');
  });

  it('keeps nothing of models whose services have gone', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const records = new ServiceRecords(TTL);
    const come = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        records.putOutside(outside(`s${i}`, { modelId: `model-${i}` }));
        expect(records.next(`model-${i}`, 0)?.serviceId).toBe(`s${i}`);
        records.removeOutside(`s${i}`);
      }
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = come(0, 1000);
    expect(come(1000, 21_000) - before).toBeLessThan(500_000);
  });

  it('gives copies, so that nobody outside changes a record', () => {
    const records = new ServiceRecords(TTL);
    records.putOutside(outside('a'));
    Object.assign(records.get('a', 0) ?? {}, { host: 'evil' });
    expect(records.get('a', 0)?.host).toBe('10.0.0.7');
  });

  it('answers by the time since the last sign of life alone', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4 * TTL), { maxLength: 12 }), fc.nat(4 * TTL), (gaps, last) => {
        const records = new ServiceRecords(TTL);
        records.putOutside(outside('a'));
        let now = 0;
        let alive = true;
        for (const gap of gaps) {
          now += gap;
          alive &&= gap <= 3 * TTL;
          expect(records.beat('a', now) !== undefined).toBe(alive);
        }
        const shown = records.get('a', now + last);
        if (!alive || last > 3 * TTL) expect(shown).toBeUndefined();
        else expect(shown?.status).toBe(last > TTL ? 'unhealthy' : 'healthy');
      }),
    );
  });
});
