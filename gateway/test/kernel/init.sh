#!/bin/busybox sh
# The first process of the virtual machine: loads the modules, shows the host's files read-only, makes a GPIO chip and an
# I2C device that are none, and runs the contract suites on them with the Node of the host.
# The kernel's command line says: lamppost.node=<path> lamppost.guest=<path>
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /host
/bin/busybox --install -s /bin
mount -t proc proc /proc
for word in $(cat /proc/cmdline); do
  case "$word" in
    lamppost.node=*) node="${word#*=}" ;;
    lamppost.guest=*) guest="${word#*=}" ;;
  esac
done
while read -r module options; do
  insmod "/modules/$module.ko" $options || echo "kernel-rig: $module was not loaded"
done </modules/order
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 host /host
mount -t proc proc /host/proc
mount -t sysfs sysfs /host/sys
mount -t devtmpfs dev /host/dev
mount -t configfs configfs /host/sys/kernel/config
chip=/host/sys/kernel/config/gpio-sim/rig
mkdir -p "$chip/bank"
echo 32 >"$chip/bank/num_lines"
echo lamppost-rig >"$chip/bank/label"
echo 1 >"$chip/live"
cut -d ' ' -f 1 /proc/uptime | sed 's/^/kernel-rig: ready after s /'
NO_COLOR=1 chroot /host "$node" --test-force-exit "$guest"
echo "kernel-rig: exit $?"
cut -d ' ' -f 1 /proc/uptime | sed 's/^/kernel-rig: done after s /'
poweroff -f
